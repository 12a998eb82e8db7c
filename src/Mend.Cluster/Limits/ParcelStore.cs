using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>Pieces that came before the message they belong to, or wait to be fetched. Let go of by a timer when nobody comes for them. Safe to use from several threads.</summary>
internal sealed class ParcelStore : IDisposable
{
    /// <summary>How long nothing may happen to a parcel.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Guid, Parcel> _parcels = [];
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    /// <param name="pieceBytes">Bytes of a piece at most.</param>
    /// <param name="budget">What all pieces take together.</param>
    /// <param name="time">The clock.</param>
    public ParcelStore(int pieceBytes, ByteBudget budget, TimeProvider time)
    {
        (PieceBytes, Budget, _time) = (pieceBytes, budget, time);
        _timer = time.CreateTimer(_ => LetGo(), null, Patience / 2, Patience / 2);
    }

    public int PieceBytes { get; }

    public ByteBudget Budget { get; }

    /// <summary>Takes a piece in.</summary>
    /// <param name="name">The parcel.</param>
    /// <param name="index">Which piece.</param>
    /// <param name="pieces">Of how many.</param>
    /// <param name="bytes">Bytes of all.</param>
    /// <param name="piece">The piece.</param>
    /// <exception cref="RequestTooLargeException">The parcel is larger than all that may be taken.</exception>
    /// <exception cref="RetryableException">There is no room left.</exception>
    public void Put(Guid name, int index, int pieces, long bytes, byte[] piece)
    {
        lock (_lock)
        {
            if (!_parcels.TryGetValue(name, out Parcel? parcel))
            {
                // No piece is empty, so there are no more than bytes.
                ArgumentOutOfRangeException.ThrowIfLessThan(bytes, pieces);
                ArgumentOutOfRangeException.ThrowIfLessThan(pieces, 1);
                IDisposable share = Budget.Take(checked(bytes + ((long)pieces * 64)), "The message");
                _parcels[name] = parcel = new Parcel(new byte[]?[pieces], bytes, share);
            }

            if (index < 0 || index >= parcel.Pieces.Length || parcel.Pieces.Length != pieces || parcel.Received + piece.Length - (parcel.Pieces[index]?.Length ?? 0) > parcel.Bytes)
            {
                Remove(name);
                throw new MalformedMessageException($"Piece {index} of {pieces} with {piece.Length} bytes is none of a message of {bytes}; the sender runs another release.");
            }

            parcel.Received += piece.Length - (parcel.Pieces[index]?.Length ?? 0);
            parcel.Pieces[index] = piece;
            parcel.Touched = _time.GetTimestamp();
        }
    }

    /// <summary>A piece; the parcel stays.</summary>
    /// <exception cref="RetryableException">It is not here.</exception>
    public byte[] Get(Guid name, int index)
    {
        lock (_lock)
        {
            Parcel parcel = _parcels.GetValueOrDefault(name) ?? throw Lost();
            parcel.Touched = _time.GetTimestamp();
            return parcel.Pieces.ElementAtOrDefault(index) ?? throw Lost();
        }
    }

    /// <summary>Forgets a parcel; an unknown one is passed over.</summary>
    public void Drop(Guid name)
    {
        lock (_lock)
        {
            Remove(name);
        }
    }

    /// <summary>Unpacks what has come, and forgets its pieces.</summary>
    /// <exception cref="RetryableException">Not all pieces are here: the grain has moved since they came, or they waited too long.</exception>
    public T Open<T>(WireParcel<T> parcel)
        where T : class
    {
        if (parcel.Whole is { } whole)
        {
            return whole;
        }

        List<byte[]> pieces;
        lock (_lock)
        {
            pieces = [.. _parcels.GetValueOrDefault(parcel.Name)?.Pieces.OfType<byte[]>() ?? []];
            if (pieces.Count != parcel.Pieces)
            {
                throw Lost();
            }

            Remove(parcel.Name);
        }

        return WirePieces.Join<T>(pieces);
    }

    /// <summary>Packs an answer; what one message does not take waits here to be fetched.</summary>
    public WireParcel<T> Pack<T>(T answer, long weight)
        where T : class
    {
        if (Parcels.FitsIn(PieceBytes, weight))
        {
            return new WireParcel<T>(answer, default, 0);
        }

        Guid name = Guid.NewGuid();
        byte[][] pieces = WirePieces.Cut(answer, PieceBytes);
        long bytes = pieces.Sum(p => (long)p.Length);
        for (int i = 0; i < pieces.Length; i++)
        {
            Put(name, i, pieces.Length, bytes, pieces[i]);
        }

        return new WireParcel<T>(null, name, pieces.Length);
    }

    public void Dispose() => _timer.Dispose();

    private static RetryableException Lost() => new("Pieces of a message are no longer here: its silo has changed, or they waited too long. Send the request again.");

    private void LetGo()
    {
        lock (_lock)
        {
            foreach (Guid old in _parcels.Where(p => _time.GetElapsedTime(p.Value.Touched) > Patience).Select(p => p.Key).ToList())
            {
                Remove(old);
            }
        }
    }

    private void Remove(Guid name)
    {
        if (_parcels.Remove(name, out Parcel? parcel))
        {
            parcel.Share.Dispose();
        }
    }

    private sealed class Parcel(byte[]?[] pieces, long bytes, IDisposable share)
    {
        public byte[]?[] Pieces => pieces;

        public long Bytes => bytes;

        public IDisposable Share => share;

        public long Received { get; set; }

        public long Touched { get; set; }
    }
}
