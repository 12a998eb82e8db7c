using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// What concerns files of one text and nothing else: input_ids, logits and generated, and, to tell where a difference comes from, weights
/// in Hugging Face's order: whole ones (weights/NAME) and first rows (rows/NAME).
/// </summary>
public sealed partial class ReferenceVerifier
{
    private const string PlainInputs = "input_ids", PlainLogits = "logits", PlainGenerated = "generated";

    /// <summary>Whether a file records inputs, so that something can be compared.</summary>
    /// <param name="file">The recorded values.</param>
    public static bool HasInputs(SafetensorsFile file) =>
        file.Tensors.Keys.Any(k => k == PlainInputs || k.StartsWith("inputs/", StringComparison.Ordinal));

    private async Task PlainAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        StoredTensor recorded = _file.Get(PlainInputs);
        int[] ids = Array.ConvertAll(recorded.ToLongs(), checked(v => (int)v));
        progress?.Report(PlainLogits);
        Pass pass = new() { Batch = new ModelBatch(recorded.Shape[0], ids), Outputs = PassOutputs.Logits };
        _computed[PlainLogits] = (await _runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false)).Logits!.Data;
        if (_file.Tensors.TryGetValue(PlainGenerated, out StoredTensor? generated))
        {
            progress?.Report(PlainGenerated);
            List<float> tokens = [];
            SamplingOptions greedy = new() { MaxNewTokens = generated.Shape.Last };
            foreach (int[] prompt in ids.Chunk(recorded.Shape.Last))
            {
                await foreach (int token in new TextGenerator(_runner).GenerateAsync(prompt, greedy, new HashSet<int>(), 0, [], cancellationToken).ConfigureAwait(false))
                {
                    tokens.Add(token);
                }
            }

            _computed[PlainGenerated] = [.. tokens];
        }

        foreach (string name in _file.Tensors.Keys.Where(_ => _folder is not null))
        {
            if (name.Split('/', 2) is ["weights" or "rows", string parameter])
            {
                progress?.Report(name);
                float[] all = _folder!.OrderOf(parameter).ToFloats(StoredParameters.Get(_folder.Checkpoint, parameter));
                _computed[name] = all[..(int)Math.Min(all.Length, _file.Tensors[name].Shape.Length)];
            }
        }
    }
}
