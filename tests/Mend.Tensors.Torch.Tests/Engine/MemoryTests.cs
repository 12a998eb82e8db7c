using Mend.Editing;

namespace Mend.Tensors.Torch.Tests.Engine;

/// <summary>What edit passes and loading leave in memory.</summary>
[Collection(nameof(MemoryTests))]
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[NeedsLibTorch]
public sealed class MemoryTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public async Task EditPasses_AThousand_LeaveMemoryWhereItWas()
    {
        using FamilyModel model = new("gpt2", engine: TestEngines.Shared);
        IReadOnlyList<EditRecord> records = await model.RecordsAsync(4);
        EditRecord record = records[0];
        using MendEditor editor = model.NewEditor(new EditorOptions(), rank: 8);
        MendMethod method = new(editor, model.Encoder.Padding);
        TrainingOptions options = new() { Steps = 2, EditsPerStep = 4, StatisticsEdits = 4 };
        using (EditorTrainer trainer = new(model.Chain, model.Encoder, editor, records, [], options, TimeProvider.System))
        {
            await trainer.RunAsync(null, null, default);
        }

        long live = 0;
        long resident = 0;
        for (int pass = 1; pass <= 1000; pass++)
        {
            IReadOnlyList<EditFactors> factors = await method.ComputeAsync(model.Chain, model.Encoder.Encode(record.Prompt, record.Target), 0, default);
            await model.LogitsAsync(record, factors);
            if (pass == 10)
            {
                live = TestEngines.LiveTensors(model.Chain.Engine);
                resident = Resident();
            }
        }

        long after = Resident();
        output.WriteLine($"live tensors {live}, then {TestEngines.LiveTensors(model.Chain.Engine)}; resident {resident / Mebibyte} MiB, then {after / Mebibyte} MiB");
        Assert.Equal(live, TestEngines.LiveTensors(model.Chain.Engine));
        Assert.InRange(after, 0, resident + (48 * Mebibyte));
    }

    [Fact]
    public void LoadWeight_LargeMatrixOfAFile_NeedsLittleBesideItself()
    {
        const int Rows = 4096;
        const int Columns = 32768;
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream stream = File.Create(path))
            {
                string offsets = $"[0,{2L * Rows * Columns}]";
                byte[] header = System.Text.Encoding.ASCII.GetBytes($$"""{"w":{"dtype":"BF16","shape":[{{Rows}},{{Columns}}],"data_offsets":{{offsets}} } }""");
                stream.Write(BitConverter.GetBytes((long)header.Length));
                stream.Write(header);
                byte[] row = new byte[Columns * 2];
                for (int i = 0; i < Rows; i++)
                {
                    Array.Fill(row, (byte)i);
                    stream.Write(row);
                }
            }

            using SafetensorsFile file = SafetensorsFile.Open(path);
            using IEngine engine = TestEngines.Create(TestEngines.Torch);
            engine.Zeros([1]).Dispose();
            long before = Resident();
            using Weight w = engine.LoadWeight(file.Get("w"), WeightLayout.OutIn);
            long grown = Resident() - before;
            output.WriteLine($"{w.ByteLength / Mebibyte} MiB took {grown / Mebibyte} MiB");
            Assert.InRange(grown, long.MinValue, w.ByteLength + (96 * Mebibyte));
            float[] last = new float[Columns];
            engine.ToHost(w, 77, last);
            Assert.All(last, v => Assert.Equal(HalfFloats.FromBFloat16(77 | (77 << 8)), v));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
