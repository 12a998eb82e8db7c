using System.Buffers.Binary;

namespace Mend.Models.Tokenizers.SentencePiece.Model;

/// <summary>Reads the fields of one protocol buffers message, one after another.</summary>
internal ref struct ProtoReader
{
    private ReadOnlySpan<byte> _rest;
    private int _wireType;

    public ProtoReader(ReadOnlySpan<byte> message) => _rest = message;

    /// <summary>Number of the field that <see cref="Next"/> stopped at.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end. The field must then be read or skipped.</summary>
    /// <exception cref="FormatException">The bytes are no protocol buffers message; so throw all members.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var key = RawVarint();
        (Field, _wireType) = ((int)Math.Min(key >> 3, int.MaxValue), (int)(key & 7));
        return Field != 0 ? true : throw new FormatException("a field has the number 0");
    }

    public int Int32() => (int)Varint();

    public bool Bool() => Varint() != 0;

    public float Single()
    {
        Expect(5);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(2);
        return Take(RawVarint());
    }

    public void Skip()
    {
        switch (_wireType)
        {
            case 0:
                RawVarint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Take(RawVarint());
                break;
            case 5:
                Take(4);
                break;
            default:
                throw new FormatException($"field {Field} has the wire type {_wireType}, which is not in use");
        }
    }

    private ulong Varint()
    {
        Expect(0);
        return RawVarint();
    }

    private readonly void Expect(int wireType)
    {
        if (_wireType != wireType)
        {
            throw new FormatException($"field {Field} has the wire type {_wireType}; {wireType} was expected");
        }
    }

    private ulong RawVarint()
    {
        var value = 0ul;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("a number takes more than 10 bytes");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw new FormatException($"{count} bytes were expected where {_rest.Length} are left");
        }

        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
