using Mend.Tensors;

namespace Mend.Editing.Tests.Methods;

/// <summary>
/// Fine-tuning as anyone would write it: whole matrices changed by whole gradients and the model loaded anew after every step.
/// The reference for the baselines, which never form either.
/// </summary>
internal sealed class DenseTuning : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mend-dense-").FullName;
    private readonly Dictionary<string, HostTensor> _original;
    private readonly Dictionary<string, HostTensor> _parameters;

    public DenseTuning(Gpt2Fixture model)
    {
        _original = model.Parameters();
        _parameters = model.Parameters();
        File.Copy(Fixtures.Path("models/gpt2/config.json"), Path.Combine(_folder, "config.json"));
    }

    /// <summary>Takes steps down the gradient of an objective.</summary>
    /// <param name="pass">The batch and the objective of a step.</param>
    public async Task RunAsync(int steps, float rate, Func<int, Pass> pass)
    {
        for (int step = 0; step < steps; step++)
        {
            using Gpt2Fixture model = Load();
            (_, IReadOnlyDictionary<string, SignalHook> hooks) = await GradientPass.RunAsync(model.Chain, model.Layers, pass(step), CancellationToken.None);
            foreach ((string layer, SignalHook hook) in hooks)
            {
                Descend(_parameters[layer].Data, hook.U!, hook.Delta!, rate);
            }
        }
    }

    /// <summary>The model as it is after the steps so far.</summary>
    public Gpt2Fixture Load()
    {
        SafetensorsWriter.Write(
            Path.Combine(_folder, Checkpoint.SingleFile), _parameters.Select(p => TensorData.FromFloats(p.Key, p.Value.Shape, p.Value.Data)));
        return new Gpt2Fixture(_folder);
    }

    /// <summary>How far a layer has moved, [in, out] as GPT-2 stores it.</summary>
    public float[] Change(string layer) => [.. _parameters[layer].Data.Zip(_original[layer].Data, (now, before) => now - before)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>W[i, o] −= rate Σ_t u[t, i] δ[t, o].</summary>
    private static void Descend(float[] weight, HostTensor u, HostTensor delta, float rate)
    {
        (int inputs, int outputs) = (u.Shape.Last, delta.Shape.Last);
        for (int i = 0; i < inputs; i++)
        {
            for (int o = 0; o < outputs; o++)
            {
                double sum = 0;
                for (int t = 0; t < u.Data.Length / inputs; t++)
                {
                    sum += (double)u.Data[(t * inputs) + i] * delta.Data[(t * outputs) + o];
                }

                weight[(i * outputs) + o] -= (float)(rate * sum);
            }
        }
    }
}
