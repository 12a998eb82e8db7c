using Mend.Models;
using Mend.Models.Tokenizers;

namespace Mend.Editing;

/// <summary>
/// Turns a prompt and its answer into model inputs, as each task wants them. A prompt is read as it stands, its last blank and line
/// break included, so an edit is made exactly where generation reads. Safe to share between threads.
/// </summary>
public sealed class ExampleEncoder
{
    private readonly ITokenizer _tokenizer;
    private readonly ModelArchitecture _architecture;

    /// <summary>What the tokenizer begins sequences with and the model expects (Llama's &lt;s&gt;).</summary>
    private readonly int[] _prefix;

    /// <summary>Creates the encoder of a model.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public ExampleEncoder(ModelArchitecture architecture, ITokenizer tokenizer)
    {
        _architecture = architecture;
        _tokenizer = tokenizer;
        int[] plain = tokenizer.Encode("a"), whole = tokenizer.Encode("a", addSpecialTokens: true);
        int start = plain.Length > 0 ? whole.AsSpan().IndexOf(plain) : whole is [int first, ..] && first == tokenizer.BosId ? 1 : 0;
        _prefix = start > 0 ? whole[..start] : [];
    }

    /// <summary>What to fill batches with; a padding token that was added after training and has no embedding is not it.</summary>
    public int Padding => new[] { _tokenizer.PadId, _tokenizer.EosId }.FirstOrDefault(id => id < _architecture.Vocabulary) ?? 0;

    /// <summary>Encodes a prompt and its answer.</summary>
    /// <param name="prompt">The prompt; must not be blank.</param>
    /// <param name="target">The answer; must not be blank. For classification "true" or "false".</param>
    /// <exception cref="EditRequestException">One of them is blank, has no tokens, or is too long for the model.</exception>
    /// <exception cref="ModelException">The tokenizer gives tokens that the model does not have.</exception>
    public EncodedExample Encode(string prompt, string target)
    {
        if (string.IsNullOrWhiteSpace(prompt) || string.IsNullOrWhiteSpace(target))
        {
            throw new EditRequestException("A prompt and an answer are both needed; one of them is empty.");
        }

        EncodedExample example = _architecture.Task switch
        {
            ModelTask.Causal => Causal(prompt, target),
            ModelTask.SequenceToSequence => SequenceToSequence(prompt, target),
            _ => Classification(prompt, target),
        };
        if (example.InputIds.Length == 0)
        {
            throw NoTokens(prompt, target);
        }

        Check(example.InputIds);
        Check(example.DecoderIds ?? []);
        Check(example.TargetTokens);
        int longest = Math.Max(example.InputIds.Length, example.OutputLength);
        if (longest > _architecture.MaxPositions)
        {
            throw new EditRequestException(
                $"Prompt and answer have {longest} tokens and the model holds {_architecture.MaxPositions}; shorten the prompt of {prompt.Length} characters.");
        }

        return example;
    }

    /// <summary>The position of the last token of a subject in the input of a prompt; at least 1 where there are two, as the first token's states say nothing.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="subject">Part of it; the last place counts.</param>
    /// <returns>The position, or null when the prompt does not hold the subject.</returns>
    public int? SubjectRow(string prompt, string subject)
    {
        string wanted = subject.Trim();
        int at = wanted.Length == 0 ? -1 : prompt.LastIndexOf(wanted, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        // The tokens up to the subject's end, as far as they are those of the whole prompt: one may reach over the end.
        int[] whole = EncodePrompt(prompt), part = EncodePrompt(prompt[..(at + wanted.Length)]);
        int same = whole.AsSpan().CommonPrefixLength(part);
        return Math.Min(Math.Max(same - (same == part.Length ? 1 : 0), 1), whole.Length - 1);
    }

    /// <summary>The model's input for a prompt whose answer is to be generated.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <exception cref="ModelException">The tokenizer gives tokens that the model does not have.</exception>
    public int[] EncodePrompt(string prompt) => Check(_architecture.Task == ModelTask.Causal
        ? Begin(prompt)
        : _tokenizer.Encode(prompt, addSpecialTokens: true));

    /// <summary>
    /// Prompt and answer are one text, so that the answer's first token carries the space between them; the last token predicts
    /// nothing and is left out of the input.
    /// </summary>
    private EncodedExample Causal(string prompt, string target)
    {
        (prompt, string answer) = Join(prompt, target);
        int[] start = Begin(prompt);
        int[] full = Begin(prompt + answer);
        if (!full.AsSpan().StartsWith(start) || full.Length == start.Length)
        {
            // The tokenizer merged across the border; then the answer is encoded on its own.
            full = [.. start, .. _tokenizer.Encode(answer)];
        }

        if (start.Length == 0 || full.Length == start.Length)
        {
            throw NoTokens(prompt, target);
        }

        return new EncodedExample
        {
            InputIds = full[..^1],
            TargetRows = [.. Enumerable.Range(start.Length - 1, full.Length - start.Length)],
            TargetTokens = full[start.Length..],
        };
    }

    private EncodedExample SequenceToSequence(string prompt, string target)
    {
        int[] labels = _tokenizer.Encode(target.Trim(), addSpecialTokens: true);
        int start = _architecture.DecoderStart ?? _tokenizer.PadId ?? 0;
        int[] body = labels.Length > 0 && labels[0] == _tokenizer.BosId ? labels[1..] : labels;
        if (body.Length == 0)
        {
            throw NoTokens(prompt, target);
        }

        return new EncodedExample
        {
            InputIds = _tokenizer.Encode(prompt, addSpecialTokens: true),

            // T5's decoder starts with the pad token; BART's targets keep their place for it, so both come out the same.
            DecoderIds = [start, .. body[..^1]],
            TargetRows = [.. Enumerable.Range(0, body.Length)],
            TargetTokens = body,
        };
    }

    private EncodedExample Classification(string prompt, string target) => new()
    {
        InputIds = _tokenizer.Encode(prompt, addSpecialTokens: true),
        TargetRows = [0],
        TargetTokens = [target.Trim().ToUpperInvariant() switch
        {
            "TRUE" or "1" or "YES" or "SUPPORTS" => 1,
            "FALSE" or "0" or "NO" or "REFUTES" => 0,
            _ => throw new EditRequestException($"An answer of a classifier is true or false, and {target.Length} other characters were given."),
        }],
    };

    private int[] Check(int[] ids) => Array.FindIndex(ids, id => id >= _architecture.Vocabulary) is >= 0 and int at
        ? throw new ModelException(
            $"The tokenizer makes token {ids[at]} of the text, and the model has tokens 0 to {_architecture.Vocabulary - 1}; " +
            "the tokenizer files in the model folder belong to another checkpoint, copy this one's.")
        : ids;

    /// <summary>
    /// Where the prompt ends and how the answer goes on: behind a word with a blank, which then belongs to the answer; behind a line
    /// break or a special token, with which chat templates end, directly.
    /// </summary>
    private (string Prompt, string Answer) Join(string prompt, string target)
    {
        string words = prompt.TrimEnd(' ');
        bool afterBreak = words.Length > 0 && char.IsWhiteSpace(words[^1]);
        bool afterSpecial = words.Length == prompt.Length && _tokenizer.Encode(words) is [.., int last] && _tokenizer.IsSpecial(last);
        return afterBreak || afterSpecial ? (prompt, target.Trim()) : (words, " " + target.Trim());
    }

    /// <summary>The ids of a text that begins a sequence; one that spells its first special token itself gets no other.</summary>
    private int[] Begin(string text)
    {
        int[] ids = _tokenizer.Encode(text);
        return ids.Length > 0 && _tokenizer.IsSpecial(ids[0]) ? ids : [.. _prefix, .. ids];
    }

    private static EditRequestException NoTokens(string prompt, string target) =>
        new($"A prompt of {prompt.Length} characters with an answer of {target.Length} gives no tokens; use other words, or check the model's tokenizer files.");
}
