using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>A recorded batch: its inputs as the models take them, and its labels as output rows and tokens.</summary>
internal sealed class ReferenceBatch
{
    private const long NoLabel = -100;

    private ReferenceBatch(ModelBatch inputs, Objective likelihood, int[] maskedRows)
    {
        Inputs = inputs;
        Likelihood = likelihood;
        MaskedRows = maskedRows;
    }

    public ModelBatch Inputs { get; }

    /// <summary>Mean NLL of the labelled positions.</summary>
    public Objective Likelihood { get; }

    /// <summary>Output rows whose mask is 1: where the paper's L_loc compares.</summary>
    public int[] MaskedRows { get; }

    /// <summary>Length of an output row's group: one for classification.</summary>
    public static ReferenceBatch Read(SafetensorsFile file, string name, ModelArchitecture architecture)
    {
        int[]? Ints(string tensor) => file.Tensors.TryGetValue($"inputs/{name}/{tensor}", out StoredTensor? stored)
            ? Array.ConvertAll(stored.ToLongs(), checked(v => (int)v))
            : null;
        StoredTensor ids = file.Get($"inputs/{name}/input_ids");
        int size = ids.Shape[0];
        long[]? labels = file.Tensors.TryGetValue($"inputs/{name}/labels", out StoredTensor? stored) ? stored.ToLongs() : null;
        int[]? decoder = Ints("decoder_input_ids");
        if (decoder is null && labels is not null && architecture.Task == ModelTask.SequenceToSequence)
        {
            decoder = ShiftRight(labels, size, architecture.DecoderStart ?? 0);
        }

        int[]? decoderMask = Ints("decoder_attention_mask");
        ModelBatch inputs = new(size, Ints("input_ids")!, Ints("attention_mask"))
        {
            DecoderIds = decoder,
            DecoderMask = decoderMask is not null && decoderMask.Contains(0) ? decoderMask : null,
            TokenTypes = Ints("token_type_ids"),
        };
        bool classifies = architecture.Task == ModelTask.Classification;
        int[] mask = decoderMask ?? Ints("attention_mask") ?? [];
        int[] masked = classifies ? [.. Enumerable.Range(0, size)] : [.. Enumerable.Range(0, mask.Length).Where(i => mask[i] == 1)];
        return new ReferenceBatch(inputs, labels is null ? Objective.None : Labels(labels, size, architecture), masked);
    }

    private static Objective Labels(long[] labels, int size, ModelArchitecture architecture)
    {
        int length = labels.Length / size;
        bool shifts = architecture.ShiftTargets && architecture.Task != ModelTask.Classification;
        List<int> rows = [], tokens = [];
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] != NoLabel && (!shifts || i % length > 0))
            {
                rows.Add(shifts ? i - 1 : i);
                tokens.Add((int)labels[i]);
            }
        }

        return new Objective { LikelihoodRows = [.. rows], LikelihoodTokens = [.. tokens] };
    }

    private static int[] ShiftRight(long[] labels, int size, int start)
    {
        int length = labels.Length / size;
        return [.. labels.Select((_, i) => i % length == 0 ? start : labels[i - 1] == NoLabel ? 0 : (int)labels[i - 1])];
    }
}
