using Mend.Editing;
using Mend.Models;
using Mend.Tensors;
using Xunit.Abstractions;

namespace Mend.Sharding.Tests.Families;

/// <summary>A copy of a checkpoint in float16 or bfloat16 computes finite numbers near the original's, edited or not.</summary>
public sealed class HalfPrecisionTests(ITestOutputHelper output)
{
    public static TheoryData<string, DType> Copies
    {
        get
        {
            TheoryData<string, DType> data = [];
            foreach (string name in new[] { "gpt2", "gpt_neo", "gptj", "llama", "t5", "t5_v1_1", "bart", "bert_classifier", "families/mixtral" })
            {
                data.Add(name, DType.F16);
                data.Add(name, DType.BF16);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Copies))]
    public async Task RunAsync_CopyInHalfPrecision_StaysNearTheOriginalAndEditsAreFinite(string name, DType type)
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of(name, type: type);
        using FamilyModel original = new(name);
        using FamilyModel model = new(name, copy.Path);
        EditRecord record = (await original.RecordsAsync(1))[0];
        using MendEditor editor = model.NewEditor(EditorOptions.Paper);
        MendMethod method = new(editor, model.Encoder.Padding);
        EncodedExample edit = model.Encoder.Encode(record.Prompt, record.Target);
        foreach (EditSignals signals in await GradientPass.RunAsync(
            model.Chain, [.. editor.Layers.Select(l => l.Name)], [edit, edit], model.Encoder.Padding, 0, [], 0, default))
        {
            signals.Layers.ToList().ForEach(editor.Observe);
        }

        IReadOnlyList<EditFactors> factors = await method.ComputeAsync(model.Chain, edit, 0, default);
        float[] expected = await original.LogitsAsync(record, []);
        float[] before = await model.LogitsAsync(record, []);
        float[] after = await model.LogitsAsync(record, factors);

        double error = before.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
        output.WriteLine($"{name} in {type}: {error:g2}");
        Assert.InRange(error, 1e-9, type == DType.F16 ? 0.02 : 0.15);
        Assert.All(factors, f => Assert.True(f.U.Concat(f.Delta).All(float.IsFinite)));
        Assert.All(after, logit => Assert.True(float.IsFinite(logit)));
        Assert.NotEqual(before, after);
    }
}
