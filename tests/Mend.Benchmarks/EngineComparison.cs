using System.Globalization;
using Mend.Tensors;

namespace Mend.Benchmarks;

/// <summary>
/// Engines side by side on the matrices of an edit pass, each also against the limits of its device: bytes over copy
/// bandwidth, operations over matmul rate, which are measured first. The first engine is the baseline.
/// </summary>
internal static class EngineComparison
{
    private static readonly int[] Tokens = [1, 16, 64, 256];

    private static readonly (string Name, int In, int Out, WeightLayout Layout)[] Matrices =
    [
        ("GPT-2 XL c_fc", 1600, 6400, WeightLayout.InOut),
        ("GPT-2 XL c_proj", 6400, 1600, WeightLayout.InOut),
        ("GPT-J fc_in", 4096, 16384, WeightLayout.OutIn),
        ("GPT-J fc_out", 16384, 4096, WeightLayout.OutIn),
        ("T5-XXL wi", 4096, 10240, WeightLayout.OutIn),
        ("T5-XXL wo", 10240, 4096, WeightLayout.OutIn),
    ];

    /// <summary>Runs the comparison.</summary>
    public static int Run(Arguments options)
    {
        EngineSettings settings = new()
        {
            Threads = (int)options.Number("threads", 2),
            Compute = Enum.Parse<ComputeType>(options.Text("compute", "f32"), ignoreCase: true),
        };
        int rounds = (int)options.Number("rounds", 5);
        DType type = Enum.Parse<DType>(options.Text("type", "bf16"), ignoreCase: true);
        List<Candidate> candidates = [];
        try
        {
            foreach (string name in options.Text("engines", "cpu,torch").Split(','))
            {
                IEngine engine = Engines.Create(EngineName.Parse(name), settings);
                candidates.Add(new Candidate(engine, DeviceLimits.Measure(engine, type)));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{settings.Threads} threads, weights in {type}, products in {settings.Compute}, {rounds} rounds, medians"));
            foreach (Candidate candidate in candidates)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{candidate.Engine.Name,-8} copies {candidate.Limits.Bandwidth / 1e9:F1} GB/s, multiplies {candidate.Limits.Rate / 1e9:F0} GFLOP/s"));
            }

            Console.WriteLine($"{"matrix",-18}{"tokens",7}{"",10}{string.Concat(candidates.Select(c => $"{c.Engine.Name + " ms",14}{"of limit",10}{"ratio",8}"))}");
            foreach ((string name, int inputs, int outputs, WeightLayout layout) in Matrices)
            {
                Compare(candidates, name, inputs, outputs, layout, type, rounds);
            }
        }
        catch (Exception e) when (e is EngineException or FormatException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
        finally
        {
            candidates.ForEach(c => c.Engine.Dispose());
        }

        return 0;
    }

    private static void Compare(List<Candidate> candidates, string name, int inputs, int outputs, WeightLayout layout, DType type, int rounds)
    {
        using SyntheticWeight stored = new(layout == WeightLayout.InOut ? [inputs, outputs] : [outputs, inputs], type);
        foreach (int tokens in Tokens)
        {
            List<Layer> layers = [.. candidates.Select(c => new Layer(c, stored, layout, tokens, inputs, outputs))];
            try
            {
                layers.ForEach(l => l.Check(layers[0]));
                Report(layers, name, tokens, "forward", Stopwatches.Measure(rounds, [.. layers.Select(l => (Action)l.Forward)]));
                Report(layers, name, tokens, "backward", Stopwatches.Measure(rounds, [.. layers.Select(l => (Action)l.Backward)]));
            }
            finally
            {
                layers.ForEach(l => l.Dispose());
            }
        }
    }

    private static void Report(List<Layer> layers, string name, int tokens, string what, (double Median, double Best)[] ms)
    {
        IEnumerable<string> columns = layers.Select((layer, i) => string.Create(
            CultureInfo.InvariantCulture, $"{ms[i].Median,14:F3}{layer.LeastMilliseconds / ms[i].Median,10:P0}{ms[0].Median / ms[i].Median,8:F2}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-18}{tokens,7}{what,10}") + string.Concat(columns));
    }

    /// <summary>An engine and what its device can do at most.</summary>
    private sealed record Candidate(IEngine Engine, DeviceLimits Limits);

    /// <summary>A linear layer on one engine.</summary>
    private sealed class Layer : IDisposable
    {
        private readonly Candidate _candidate;
        private readonly Weight _w;
        private readonly Tensor _x;
        private readonly Tensor _dy;
        private readonly Tensor _one;
        private readonly float[] _host = new float[1];

        public Layer(Candidate candidate, SyntheticWeight stored, WeightLayout layout, int tokens, int inputs, int outputs)
        {
            _candidate = candidate;
            _w = candidate.Engine.LoadWeight(stored.Tensor, layout);
            _x = Random(candidate.Engine, [tokens, inputs], 7);
            _dy = Random(candidate.Engine, [tokens, outputs], 8);
            _one = candidate.Engine.Zeros([1]);
            long bytes = _w.ByteLength + (sizeof(float) * (_x.Shape.Length + _dy.Shape.Length));
            LeastMilliseconds = 1e3 * Math.Max(bytes / candidate.Limits.Bandwidth, 2.0 * tokens * inputs * outputs / candidate.Limits.Rate);
        }

        /// <summary>No program could be faster on this device.</summary>
        public double LeastMilliseconds { get; }

        public void Forward() => Finish(_candidate.Engine.Linear(_x, _w, null));

        public void Backward() => Finish(_candidate.Engine.LinearInputGradient(_dy, _w));

        /// <summary>A fast wrong answer is worth nothing.</summary>
        public void Check(Layer baseline)
        {
            float[] expected = baseline.Answer();
            float[] actual = Answer();
            double scale = expected.Max(Math.Abs);
            for (int i = 0; i < actual.Length; i++)
            {
                if (!(Math.Abs(actual[i] - expected[i]) <= 0.02 * scale))
                {
                    throw new InvalidOperationException($"Element {i} is {actual[i]} on {_candidate.Engine.Name}; {baseline._candidate.Engine.Name} says {expected[i]}. Run the tests.");
                }
            }
        }

        public void Dispose()
        {
            foreach (IDisposable mine in (IDisposable[])[_w, _x, _dy, _one])
            {
                mine.Dispose();
            }
        }

        private float[] Answer()
        {
            using Tensor y = _candidate.Engine.Linear(_x, _w, null);
            float[] host = new float[y.Shape.Length];
            _candidate.Engine.ToHost(y, host);
            return host;
        }

        /// <summary>A copy to the host waits for the device.</summary>
        private void Finish(Tensor y)
        {
            y.Dispose();
            _candidate.Engine.ToHost(_one, _host);
        }

        private static Tensor Random(IEngine engine, Shape shape, int seed)
        {
            float[] values = new float[shape.Length];
            SyntheticWeight.Fill(values, seed);
            return engine.FromHost(values, shape);
        }
    }
}
