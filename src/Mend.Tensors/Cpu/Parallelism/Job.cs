using System.Runtime.ExceptionServices;

namespace Mend.Tensors.Cpu.Parallelism;

/// <summary>A number of pieces of work that several threads take from, one after the other.</summary>
internal sealed class Job(int count, Action<int> body)
{
    private readonly Action<int> _body = body;
    private int _next;
    private int _helpers;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Number of pieces.</summary>
    public int Count { get; } = count;

    /// <summary>Joins as a helper if there is work left. Call under the pool's lock, while the job is listed.</summary>
    public bool TryEnter()
    {
        if (Volatile.Read(ref _next) >= Count)
        {
            return false;
        }

        Interlocked.Increment(ref _helpers);
        return true;
    }

    /// <summary>Does pieces until none are left.</summary>
    public void Work()
    {
        int piece;
        while ((piece = Interlocked.Increment(ref _next) - 1) < Count)
        {
            try
            {
                _body(piece);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
                Volatile.Write(ref _next, Count);
            }
        }
    }

    /// <summary>A helper is done.</summary>
    public void Leave() => Interlocked.Decrement(ref _helpers);

    /// <summary>Waits for the helpers; nobody may enter any more. Rethrows the first failure.</summary>
    public void Wait()
    {
        SpinWait spin = default;
        while (Volatile.Read(ref _helpers) != 0)
        {
            // Helpers are in their last piece, so this is short; SpinWait yields the processor if it is not.
            spin.SpinOnce(sleep1Threshold: -1);
        }

        _failure?.Throw();
    }
}
