using System.Text;
using Mend.Models.Tokenizers.SentencePiece.Model;

namespace Mend.Models.Tests.Tokenizers.SentencePiece;

/// <summary>Writes small SentencePiece models, field by field as sentencepiece_model.proto numbers them.</summary>
internal sealed class ModelBuilder
{
    public const int Unigram = 1;
    public const int Bpe = 2;

    private readonly MemoryStream _file = new();
    private readonly MemoryStream _trainer = new();
    private readonly MemoryStream _normalizer = new();

    public ModelBuilder(int type) => Number(_trainer, 3, type);

    public ModelBuilder Piece(string text, float score = 0, PieceKind kind = PieceKind.Normal) => Piece(Encoding.UTF8.GetBytes(text), score, kind);

    public ModelBuilder Piece(byte[] text, float score, PieceKind kind)
    {
        var piece = new MemoryStream();
        Bytes(piece, 1, text);
        piece.WriteByte((2 << 3) | 5);
        piece.Write(BitConverter.GetBytes(score));
        Number(piece, 3, (int)kind);
        Bytes(_file, 1, piece.ToArray());
        return this;
    }

    /// <summary>The pieces "&lt;unk&gt;", "&lt;s&gt;" and "&lt;/s&gt;".</summary>
    public ModelBuilder Usual() => Piece("<unk>", 0, PieceKind.Unknown).Piece("<s>", 0, PieceKind.Control).Piece("</s>", 0, PieceKind.Control);

    public ModelBuilder Trainer(int field, long value)
    {
        Number(_trainer, field, value);
        return this;
    }

    public ModelBuilder Normalizer(int field, long value)
    {
        Number(_normalizer, field, value);
        return this;
    }

    public ModelBuilder Rules(byte[] compiled)
    {
        Bytes(_normalizer, 2, compiled);
        return this;
    }

    public byte[] Build()
    {
        var all = new MemoryStream();
        all.Write(_file.ToArray());
        Bytes(all, 2, _trainer.ToArray());
        Bytes(all, 3, _normalizer.ToArray());
        return all.ToArray();
    }

    private static void Bytes(MemoryStream message, int field, byte[] value)
    {
        Varint(message, ((ulong)field << 3) | 2);
        Varint(message, (ulong)value.Length);
        message.Write(value);
    }

    private static void Number(MemoryStream message, int field, long value)
    {
        Varint(message, (ulong)field << 3);
        Varint(message, (ulong)value);
    }

    private static void Varint(MemoryStream message, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            message.WriteByte((byte)(value | 0x80));
        }

        message.WriteByte((byte)value);
    }
}
