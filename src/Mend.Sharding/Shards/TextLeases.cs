using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>The caches of a pass's texts on one shard, for one pass. Texts whose cache is not to be had are left out of it, and the others go on.</summary>
internal sealed class TextLeases : IDisposable
{
    private readonly IReadOnlyList<TextRows> _all;
    private readonly SessionCaches.Lease?[] _leases;
    private readonly TextResult?[] _faults;

    private TextLeases(IReadOnlyList<TextRows> all)
    {
        _all = all;
        _leases = new SessionCaches.Lease?[all.Count];
        _faults = new TextResult?[all.Count];
    }

    /// <summary>The texts that go on, with their places among the rows that are left.</summary>
    public IReadOnlyList<GrowingText> Texts { get; private set; } = [];

    private bool IsWhole => Texts.Count == _all.Count;

    /// <summary>Takes the caches.</summary>
    public static TextLeases Take(SessionCaches sessions, IReadOnlyList<TextRows> texts)
    {
        TextLeases leases = new(texts);
        List<GrowingText> taken = [];
        int row = 0;
        for (int i = 0; i < texts.Count; i++)
        {
            try
            {
                leases._leases[i] = sessions.Take(texts[i].Session, texts[i].Past);
                taken.Add(new GrowingText(row, texts[i].Count, leases._leases[i]!.Cache));
                row += texts[i].Count;
            }
            catch (RetryableException error)
            {
                leases._faults[i] = new TextResult(0, null, error is NoRoomException ? TextFault.NoRoom : TextFault.SessionLost, error.Message);
            }
        }

        leases.Texts = taken;
        return leases;
    }

    /// <summary>The pass with the texts that go on.</summary>
    public Pass Rest(Pass pass)
    {
        if (IsWhole)
        {
            return pass;
        }

        int[] Some(int[] ids) => [.. Rows().Select(row => ids[row])];
        ModelBatch batch = pass.Batch.DecoderIds is { } decoder
            ? new ModelBatch(1, pass.Batch.InputIds) { DecoderIds = Some(decoder) }
            : new ModelBatch(1, Some(pass.Batch.InputIds));
        return pass with { Batch = batch, Texts = [.. _all.Where((_, i) => _faults[i] is null)] };
    }

    /// <summary>What enters the shard of the texts that go on.</summary>
    /// <param name="engine">The shard's engine.</param>
    /// <param name="input">What enters of all of them.</param>
    /// <returns>Owned by the caller.</returns>
    public ShardActivations Rest(IEngine engine, ShardActivations input)
    {
        Tensor? hidden = input.Hidden is null ? null : engine.Share(input.Hidden);
        Tensor? encoder = input.Encoder is null ? null : engine.Share(input.Encoder);
        if (IsWhole || hidden is null)
        {
            return new ShardActivations(hidden, encoder);
        }

        using (hidden)
        {
            int[] rows = [.. Rows()];
            using Tensor some = engine.GatherRows(hidden, rows);
            return new ShardActivations(engine.Reshape(some, [1, rows.Length, hidden.Shape.Last]), encoder);
        }
    }

    /// <summary>A result for all texts from that for those that went on.</summary>
    public PassResult Complete(PassResult result)
    {
        if (IsWhole)
        {
            return result;
        }

        Queue<TextResult> rest = new(result.Texts);
        return result with { Texts = [.. _faults.Select(fault => fault ?? rest.Dequeue())] };
    }

    public void Dispose()
    {
        foreach (SessionCaches.Lease? lease in _leases)
        {
            lease?.Dispose();
        }
    }

    private IEnumerable<int> Rows()
    {
        int row = 0;
        for (int i = 0; i < _all.Count; i++)
        {
            for (int end = row + _all[i].Count; row < end; row++)
            {
                if (_faults[i] is null)
                {
                    yield return row;
                }
            }
        }
    }
}
