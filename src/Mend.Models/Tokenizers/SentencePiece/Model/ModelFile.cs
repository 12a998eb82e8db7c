using System.Text;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.Normalizers;

namespace Mend.Models.Tokenizers.SentencePiece.Model;

/// <summary>
/// A SentencePiece *.model file, checked: what Microsoft.ML.Tokenizers does not tell about it (pieces that no text becomes,
/// the normalisation rules), and its bytes in a form that Microsoft.ML.Tokenizers reads. Field numbers are those of
/// sentencepiece_model.proto.
/// </summary>
internal sealed class ModelFile
{
    private const int Unigram = 1;
    private const int Bpe = 2;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes;
    private readonly List<ModelPiece> _pieces = [];
    private int _type = Unigram;
    private bool _spaceIsSuffix;

    private ModelFile(string path, byte[] bytes) => (Path, _bytes) = (path, bytes);

    public string Path { get; }

    /// <summary>The pieces by id.</summary>
    public IReadOnlyList<ModelPiece> Pieces => _pieces;

    /// <summary>Id of the piece for unknown text.</summary>
    public int UnknownId { get; private set; }

    /// <summary>Whether this is a BPE model rather than a unigram model.</summary>
    public bool IsBpe => _type == Bpe;

    /// <summary>Whether unknown text is spelled in byte pieces.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>Whether a text gets a space before it.</summary>
    public bool AddsPrefix { get; private set; } = true;

    /// <summary>Whether spaces at the ends go and those in between become one.</summary>
    public bool RemovesExtraSpaces { get; private set; } = true;

    /// <summary>Whether spaces are written as "▁".</summary>
    public bool EscapesSpaces { get; private set; } = true;

    /// <summary>The rules by which text is rewritten first; null when there are none.</summary>
    public CharacterMap? Rules { get; private set; }

    /// <exception cref="TokenizerException">The file cannot be read, is malformed, or asks for something unsupported.</exception>
    public static ModelFile Read(string path)
    {
        try
        {
            var file = new ModelFile(path, File.ReadAllBytes(path));
            file.ReadModel();
            file.Check();
            return file;
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw Malformed(path, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TextFile.Unreadable(path, e);
        }
    }

    public static TokenizerException Malformed(string path, string problem, Exception? cause = null) => new(
        path,
        $"this is not a SentencePiece model: {problem.TrimEnd('.')}.",
        "Download the file again; it may be cut off, or a Git LFS pointer.",
        cause);

    /// <summary>
    /// The file for the unigram models of Microsoft.ML.Tokenizers, with settings appended: of a field that stands twice the last one counts, and
    /// messages merge. The settings leave out what version 2.0.0 does in other ways than SentencePiece:
    /// <list type="bullet">
    /// <item>bos_id and eos_id: −1, "there is none", as T5's files have it, ends in an IndexOutOfRangeException. They become
    /// the unknown piece; which tokens begin and end a text is said by the checkpoint's other files anyway.</item>
    /// <item>precompiled_charsmap: characters that the rules delete are kept. We apply <see cref="Rules"/> beforehand.</item>
    /// <item>byte_fallback: byte pieces are looked for at wrong ids, which ends in a NullReferenceException. We spell unknown text
    /// ourselves.</item>
    /// </list>
    /// </summary>
    public byte[] ForLibrary()
    {
        List<byte> trainer = [];
        AppendNumber(trainer, 35, 0);
        AppendNumber(trainer, 41, UnknownId);
        AppendNumber(trainer, 42, UnknownId);
        AppendNumber(trainer, 43, -1);
        List<byte> normalizer = [];
        AppendBytes(normalizer, 2, []);

        List<byte> all = [.. _bytes];
        AppendBytes(all, 2, trainer);
        AppendBytes(all, 3, normalizer);
        return [.. all];
    }

    private void ReadModel()
    {
        var reader = new ProtoReader(_bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    _pieces.Add(ReadPiece(reader.Bytes()));
                    break;
                case 2:
                    ReadTrainer(reader.Bytes());
                    break;
                case 3:
                    ReadNormalizer(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private ModelPiece ReadPiece(ReadOnlySpan<byte> message)
    {
        var (text, score, kind) = ("", 0f, PieceKind.Normal);
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    text = StrictUtf8.GetString(reader.Bytes());
                    break;
                case 2:
                    score = reader.Single();
                    if (!float.IsFinite(score))
                    {
                        throw new FormatException($"piece {_pieces.Count} has the score {score}; a finite number was expected");
                    }

                    break;
                case 3:
                    kind = (PieceKind)reader.Int32();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ModelPiece(text, score, kind);
    }

    private void ReadTrainer(ReadOnlySpan<byte> message)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    _type = reader.Int32();
                    break;
                case 24:
                    _spaceIsSuffix = reader.Bool();
                    break;
                case 35:
                    ByteFallback = reader.Bool();
                    break;
                case 40:
                    UnknownId = reader.Int32();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> message)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    var rules = reader.Bytes();
                    Rules = rules.IsEmpty ? null : CharacterMap.Parse(rules);
                    break;
                case 3:
                    AddsPrefix = reader.Bool();
                    break;
                case 4:
                    RemovesExtraSpaces = reader.Bool();
                    break;
                case 5:
                    EscapesSpaces = reader.Bool();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void Check()
    {
        if (_pieces.Count == 0 || UnknownId < 0 || UnknownId >= _pieces.Count || _pieces[UnknownId].Kind != PieceKind.Unknown)
        {
            throw new FormatException($"piece {UnknownId} of {_pieces.Count} should be the one for unknown text");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (id, piece) in _pieces.Index())
        {
            // The zero character ends a key of the library's trie.
            if (piece.Text.Length == 0 || piece.Text.Contains('\0', StringComparison.Ordinal) || !Enum.IsDefined(piece.Kind) || !seen.Add(piece.Text))
            {
                throw new FormatException($"piece {id} is '{piece.Text}' of type {(int)piece.Kind}; a text that no other piece has and a type from 1 to 6 were expected");
            }
        }

        if (_type is not (Unigram or Bpe))
        {
            throw Unsupported($"it is of type {_type}; unigram (1) and BPE (2) are supported.");
        }

        if (_spaceIsSuffix)
        {
            throw Unsupported("it puts spaces after words (treat_whitespace_as_suffix), which is not supported.");
        }

        // The first are never merged, the second taken apart again: neither is a matter of ranks.
        if (IsBpe && _pieces.FindIndex(p => p.Kind is PieceKind.UserDefined or PieceKind.Unused) is >= 0 and var at)
        {
            throw Unsupported($"piece {at}, '{_pieces[at].Text}', is user-defined or unused, which is not supported in BPE models.");
        }
    }

    private TokenizerException Unsupported(string problem) => new(
        Path, problem, "Put the checkpoint's tokenizer.json into the folder (save_pretrained of the fast tokenizer writes it).");

    private static void AppendNumber(List<byte> message, int field, int value)
    {
        AppendVarint(message, (ulong)field << 3);
        AppendVarint(message, (ulong)(long)value);
    }

    private static void AppendBytes(List<byte> message, int field, List<byte> value)
    {
        AppendVarint(message, ((ulong)field << 3) | 2);
        AppendVarint(message, (ulong)value.Count);
        message.AddRange(value);
    }

    private static void AppendVarint(List<byte> message, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            message.Add((byte)(value | 0x80));
        }

        message.Add((byte)value);
    }
}
