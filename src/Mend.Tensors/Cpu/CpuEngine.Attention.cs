using Mend.Tensors.Cpu.Memory;
using Mend.Tensors.Cpu.Products;

namespace Mend.Tensors.Cpu;

/// <summary>Attention of texts that grow: see <see cref="IEngine"/>.</summary>
/// <remarks>
/// The weights of a query are the softmax over its own keys alone, and sums over keys go in chunks that begin at fixed positions of the text: so a
/// row has the same bits however many rows of its text, and of others, are computed with it.
/// </remarks>
public sealed unsafe partial class CpuEngine
{
    /// <summary>Rows of queries that share a read of the keys.</summary>
    private const int QueryRows = 48;

    /// <inheritdoc/>
    public KeyValues NewKeyValues(int heads, int keySize, int valueSize) => new CpuKeyValues(this, heads, keySize, valueSize);

    /// <inheritdoc/>
    public Tensor Attend(Tensor q, Tensor k, Tensor v, IReadOnlyList<TextKeys> texts, in AttentionSettings settings)
    {
        (CpuTensor queries, CpuTensor keys, CpuTensor values) = (Own(q, nameof(q)), Own(k, nameof(k)), Own(v, nameof(v)));
        int width = OperandChecks.Attend(q, k, v, texts, settings);
        TextRun[] runs = Runs(texts);
        CpuTensor y = New([1, q.Shape[1], width]);
        if (runs.Length == 0)
        {
            return y;
        }

        int heads = k.Shape[2];
        int perKey = q.Shape[2] / heads;
        AttentionSettings how = settings;
        _workers.RunRanges((long)runs.Length * heads, RowGrain((keys.Length + values.Length) / ((long)runs.Length * heads)), (start, end) =>
        {
            for (long item = start; item < end; item++)
            {
                Append(runs[item / heads], (int)(item % heads), keys.Data, values.Data);
            }
        });

        // Heads outermost: the blocks of a long text do not all come to one thread.
        QueryBlock[] blocks = [.. runs.SelectMany(run => Blocks(run, Math.Max(1, QueryRows / perKey), how.Window))];
        long work = blocks.Sum(b => (long)b.Rows * perKey * (b.End - b.Start)) * (k.Shape[3] + v.Shape[3]);
        _workers.RunRanges((long)blocks.Length * heads, Math.Max(1, ProductGrain / Math.Max(1, work / blocks.Length)), (start, end) =>
        {
            for (long item = start; item < end; item++)
            {
                Attend(blocks[item % blocks.Length], (int)(item / blocks.Length), perKey, queries.Data, y.Data, how);
            }
        });
        foreach (TextRun run in runs)
        {
            run.Memory.Advance(run.Rows);
        }

        GC.KeepAlive((queries, keys, values, texts));
        return y;
    }

    internal NativeBlock Rent(long bytes) => _pool.Rent(bytes, Memory);

    /// <summary>The texts with their places among the rows, and with room for these.</summary>
    private TextRun[] Runs(IReadOnlyList<TextKeys> texts)
    {
        TextRun[] runs = new TextRun[texts.Count];
        int row = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            if (texts[i].Memory is not CpuKeyValues memory || !ReferenceEquals(memory.Engine, this))
            {
                throw new ArgumentException("Attend: keys and values of another engine were given; they are this engine's that NewKeyValues made.", nameof(texts));
            }

            memory.Reserve(texts[i].Rows);
            runs[i] = new TextRun(memory, row, texts[i].Rows, texts[i].Bias is { } bias ? Own(bias, nameof(texts)) : null);
            row += texts[i].Rows;
        }

        return runs;
    }

    private static IEnumerable<QueryBlock> Blocks(TextRun run, int size, int? window)
    {
        for (int first = 0; first < run.Rows; first += size)
        {
            int rows = Math.Min(size, run.Rows - first);
            int seen = run.Past + first + 1;
            int start = window is { } most ? Math.Max(0, seen - most) / Product.Depth * Product.Depth : 0;
            yield return new QueryBlock(run, first, rows, start, seen + rows - 1);
        }
    }

    /// <summary>Puts a text's new keys and values of one head behind those it holds.</summary>
    private static void Append(TextRun run, int head, float* k, float* v)
    {
        CpuKeyValues memory = run.Memory;
        (int keySize, int valueSize) = (memory.KeySize, memory.ValueSize);
        float* keys = memory.Keys(head) + memory.Length;
        float* values = memory.Values(head) + ((long)memory.Length * valueSize);
        for (int row = 0; row < run.Rows; row++)
        {
            float* key = k + ((((long)(run.Row + row) * memory.Heads) + head) * keySize);
            for (int i = 0; i < keySize; i++)
            {
                keys[((long)i * memory.Capacity) + row] = key[i];
            }

            Copy(v + ((((long)(run.Row + row) * memory.Heads) + head) * valueSize), values + ((long)row * valueSize), valueSize);
        }
    }

    /// <summary>Attention of the queries of one block that share one key head.</summary>
    private void Attend(QueryBlock block, int head, int perKey, float* q, float* y, in AttentionSettings settings)
    {
        CpuKeyValues memory = block.Run.Memory;
        (int rows, int n, int keySize, int valueSize) = (block.Rows * perKey, block.End - block.Start, memory.KeySize, memory.ValueSize);
        long stride = (long)memory.Heads * perKey;
        long first = ((block.Run.Row + block.First) * stride) + ((long)head * perKey);
        Product scores = Whole(null, keySize, memory.Keys(head) + block.Start, memory.Capacity, null, rows, n, keySize);
        Product sums = Whole(null, n, memory.Values(head) + ((long)block.Start * valueSize), valueSize, null, rows, valueSize, n);
        long scratch = Math.Max(_kernels.ProductScratch(scores, rows, n), _kernels.ProductScratch(sums, rows, valueSize));
        long room = ((long)rows * (keySize + n + valueSize)) + scratch + (NativeBlock.Alignment / sizeof(float));
        NativeBlock memoryOfBlock = _pool.Rent(room * sizeof(float));
        try
        {
            // The products' scratch memory first, as it wants to be aligned.
            float* work = (float*)memoryOfBlock.Address;
            float* own = work + scratch;
            float* weights = own + ((long)rows * keySize);
            float* result = weights + ((long)rows * n);
            for (int row = 0; row < block.Rows; row++)
            {
                Copy(q + ((first + (row * stride)) * keySize), own + ((long)row * perKey * keySize), (long)perKey * keySize);
            }

            _kernels.Multiply(Whole(own, keySize, scores.B, scores.StrideB, weights, rows, n, keySize), 0, rows, 0, n, work);
            for (int row = 0; row < rows; row++)
            {
                Weigh(block, row / perKey, (head * perKey) + (row % perKey), weights + ((long)row * n), settings);
            }

            _kernels.Multiply(Whole(weights, n, sums.B, sums.StrideB, result, rows, valueSize, n), 0, rows, 0, valueSize, work);
            for (int row = 0; row < block.Rows; row++)
            {
                Copy(result + ((long)row * perKey * valueSize), y + ((first + (row * stride)) * valueSize), (long)perKey * valueSize);
            }
        }
        finally
        {
            memoryOfBlock.Release();
        }
    }

    /// <summary>Makes weights of the scores of one query; keys that it does not see weigh 0.</summary>
    private void Weigh(QueryBlock block, int row, int head, float* scores, in AttentionSettings settings)
    {
        int end = block.Run.Past + block.First + row + 1;
        int start = Math.Max(block.Start, end - (settings.Window ?? end));
        float* seen = scores + (start - block.Start);
        int n = end - start;
        float scale = settings.Scale;
        if (settings.Cap is { } most)
        {
            _kernels.Scale(seen, scale / most, seen, n);
            _kernels.Unary(UnaryOp.Tanh, seen, seen, n);
            _kernels.Scale(seen, most, seen, n);
            scale = 1f;
        }

        float* bias = null;
        if (block.Run.Bias is { } added)
        {
            (int heads, int queries, int keys) = (added.Shape[1], added.Shape[2], added.Shape[3]);
            bias = added.Data + ((((heads == 1 ? 0 : head) * (long)queries) + (queries == 1 ? 0 : block.First + row)) * keys) + start;
        }

        _kernels.Softmax(seen, scale, bias, 1, seen, n);
        new Span<float>(scores, start - block.Start).Clear();
        new Span<float>(seen + n, block.End - end).Clear();
    }

    private static Product Whole(float* a, long strideA, void* b, long strideB, float* c, int m, int n, int k) => new()
    {
        A = a,
        StrideA = strideA,
        TransposeA = false,
        B = b,
        TypeB = DType.F32,
        StrideB = strideB,
        TransposeB = false,
        C = c,
        StrideC = n,
        M = m,
        N = n,
        K = k,
    };

    /// <summary>New rows of one text.</summary>
    /// <param name="Memory">What it holds; its length is that before these rows until all are done.</param>
    /// <param name="Row">Its first row among all.</param>
    /// <param name="Rows">Number of rows.</param>
    /// <param name="Bias">Scores to add, or null.</param>
    private sealed record TextRun(CpuKeyValues Memory, int Row, int Rows, CpuTensor? Bias)
    {
        public int Past => Memory.Length;
    }

    /// <summary>Some new rows of one text.</summary>
    /// <param name="Run">The text.</param>
    /// <param name="First">The first of them.</param>
    /// <param name="Rows">How many.</param>
    /// <param name="Start">Position of the first key that is looked at, a multiple of <see cref="Product.Depth"/>.</param>
    /// <param name="End">Position behind the last key that one of them sees.</param>
    private sealed record QueryBlock(TextRun Run, int First, int Rows, int Start, int End);
}
