using System.Buffers;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Mend.Cluster;

/// <summary>Turns what is too large for one message into pieces that are not, and back. Bytes are written into the pieces and read from them without a copy in between.</summary>
internal static class WirePieces
{
    private static readonly Serializer Serializer =
        new ServiceCollection().AddSerializer(builder => builder.AddAssembly(typeof(WirePieces).Assembly).AddAssembly(typeof(SiloAddress).Assembly)).BuildServiceProvider().GetRequiredService<Serializer>();

    /// <summary>Cuts a value up.</summary>
    /// <param name="value">The value.</param>
    /// <param name="most">Bytes of a piece at most.</param>
    public static byte[][] Cut<T>(T value, int most)
    {
        Writer pieces = new(most);
        Serializer.Serialize(value, pieces);
        return pieces.Finish();
    }

    /// <summary>Puts a value together again.</summary>
    public static T Join<T>(IReadOnlyList<byte[]> pieces)
        where T : class
    {
        Segment? last = null, first = null;
        foreach (byte[] piece in pieces)
        {
            last = last is null ? first = new Segment(piece) : last.Append(piece);
        }

        return Serializer.Deserialize<T>(first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length))
            ?? throw new MalformedMessageException($"A {typeof(T).Name} came in pieces that hold none; the sender runs another release.");
    }

    private sealed class Writer(int most) : IBufferWriter<byte>
    {
        private readonly List<byte[]> _pieces = [];
        private byte[] _current = [];
        private int _used;

        public void Advance(int count) => _used += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (_current.Length - _used < Math.Max(sizeHint, 1))
            {
                Close();
                _current = new byte[Math.Max(most, sizeHint)];
            }

            return _current.AsMemory(_used);
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public byte[][] Finish()
        {
            Close();
            return [.. _pieces.SelectMany(p => p.Length <= most ? [p] : p.Chunk(most))];
        }

        private void Close()
        {
            if (_used > 0)
            {
                _pieces.Add(_used == _current.Length ? _current : _current[.._used]);
            }

            (_current, _used) = ([], 0);
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes) => Memory = bytes;

        public Segment Append(byte[] bytes)
        {
            Segment next = new(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
