namespace Mend.Tensors;

/// <summary>
/// The raw operations that a device offers. Model families, editors and the trainer are written once against
/// <see cref="Tape"/>, which is written once against this; a new device implements this interface and nothing else.
/// </summary>
/// <remarks>
/// Every operation returns a new tensor that the caller disposes; operands are not changed unless the summary says so.
/// "Rows" of a tensor are its innermost axis: [a, b, c] has a·b rows of length c. Shapes that do not fit throw
/// <see cref="ShapeException"/> and operands of another engine <see cref="ArgumentException"/>, before anything is computed.
/// Results are deterministic: the same operands give the same bits whatever the number of threads, and each result
/// row of a matrix product depends only on its own row of the left operand and the right operand.
/// Instances are safe to use from several threads.
/// </remarks>
public interface IEngine : IDisposable
{
    /// <summary>A short name for logs and metrics, such as "cpu" or "cuda:0".</summary>
    string Name { get; }

    // ---- storage -------------------------------------------------------------------------------------------------

    /// <summary>A tensor of zeros.</summary>
    Tensor Zeros(Shape shape);

    /// <summary>Copies host data into a new tensor.</summary>
    /// <param name="data">Row-major; exactly <paramref name="shape"/>'s length.</param>
    /// <param name="shape">The shape.</param>
    Tensor FromHost(ReadOnlySpan<float> data, Shape shape);

    /// <summary>Copies a tensor to the host.</summary>
    /// <param name="x">Any tensor of this engine.</param>
    /// <param name="destination">Receives all elements; at least as long as the tensor.</param>
    void ToHost(Tensor x, Span<float> destination);

    /// <summary>Makes a frozen matrix usable: maps it (CPU) or copies it once to the device. The element type is kept.</summary>
    /// <exception cref="ShapeException">Not a matrix.</exception>
    /// <exception cref="CheckpointException">The element type cannot be a weight.</exception>
    Weight LoadWeight(StoredTensor source, WeightLayout layout);

    /// <summary>Loads a small parameter (bias, norm, position table) converted to float32.</summary>
    Tensor LoadTensor(StoredTensor source);

    /// <summary>Copies a run of stored rows of a weight to the host, converted to float32.</summary>
    /// <param name="w">The weight.</param>
    /// <param name="firstRow">First row in its stored layout.</param>
    /// <param name="destination">Receives whole rows: its length is a multiple of the stored row length.</param>
    void ToHost(Weight w, int firstRow, Span<float> destination);

    /// <summary>Another handle on the same storage.</summary>
    Tensor Share(Tensor x);

    /// <summary>The same elements under another shape of the same length, sharing storage.</summary>
    Tensor Reshape(Tensor x, Shape shape);

    // ---- frozen matrices -----------------------------------------------------------------------------------------

    /// <summary>Y = X·Wᵀ for W seen as [out, in], plus bias.</summary>
    /// <param name="x">[…, in].</param>
    /// <param name="w">The weight.</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[…, out].</returns>
    Tensor Linear(Tensor x, Weight w, Tensor? bias);

    /// <summary>dX = dY·W for W seen as [out, in]. The weight's own gradient is never formed.</summary>
    /// <param name="dy">[…, out].</param>
    /// <param name="w">The weight.</param>
    /// <returns>[…, in].</returns>
    Tensor LinearInputGradient(Tensor dy, Weight w);

    /// <summary>Rows of an embedding table (its stored rows, whatever the layout), converted to float32.</summary>
    /// <returns>[ids, stored columns].</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table.</exception>
    Tensor Embed(Weight table, ReadOnlySpan<int> ids);

    /// <summary>A float32 copy of a weight with low-rank terms added: W + Σ step·Δ̃ᵀŨ, in the weight's own layout.</summary>
    Weight Fold(Weight w, IReadOnlyList<LowRankTerm> terms);

    // ---- products ------------------------------------------------------------------------------------------------

    /// <summary>
    /// Matrix product over the last two axes, for equal leading axes: op(A)·op(B), A [b, m, k], B [b, k, n] before
    /// transposition of the last two axes. Rank 2 and above.
    /// </summary>
    Tensor MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false);

    // ---- attention of texts that grow ----------------------------------------------------------------------------

    /// <summary>Room for the keys and values of one text in one attention layer; the caller disposes it.</summary>
    /// <param name="heads">Number of key heads.</param>
    /// <param name="keySize">Size of a head's key.</param>
    /// <param name="valueSize">Size of a head's value.</param>
    KeyValues NewKeyValues(int heads, int keySize, int valueSize);

    /// <summary>
    /// Adds the new keys and values of texts to what each of them holds, and lets each new query attend to the keys of its own text up to its own:
    /// softmax(scale · q Kᵀ + bias) V. Rows of different texts do not see each other.
    /// </summary>
    /// <param name="q">[1, rows, heads, size]: the rows of the texts, one behind the other.</param>
    /// <param name="k">[1, rows, key heads, size]; fewer key heads are shared by consecutive heads.</param>
    /// <param name="v">[1, rows, key heads, value size].</param>
    /// <param name="texts">The texts, in the order of their rows; their memories grow.</param>
    /// <param name="settings">Scale, window and limit of the scores.</param>
    /// <returns>[1, rows, heads · value size].</returns>
    Tensor Attend(Tensor q, Tensor k, Tensor v, IReadOnlyList<TextKeys> texts, in AttentionSettings settings);

    // ---- element-wise --------------------------------------------------------------------------------------------

    /// <summary>A + B; shapes broadcast as NumPy's do.</summary>
    Tensor Add(Tensor a, Tensor b);

    /// <summary>A ⊙ B; shapes broadcast as NumPy's do.</summary>
    Tensor Multiply(Tensor a, Tensor b);

    /// <summary>factor · X.</summary>
    Tensor Scale(Tensor x, float factor);

    /// <summary>target += factor · x, in place; the shapes are equal.</summary>
    void Accumulate(Tensor target, Tensor x, float factor = 1f);

    /// <summary>Repeats X along axes of extent 1 (and new leading axes) up to <paramref name="shape"/>.</summary>
    Tensor Expand(Tensor x, Shape shape);

    /// <summary>Sums X over the axes along which <paramref name="shape"/> would broadcast to it: Expand's transpose.</summary>
    Tensor SumTo(Tensor x, Shape shape);

    /// <summary>An element-wise function.</summary>
    Tensor Unary(UnaryOp op, Tensor x);

    /// <summary>dX = dY ⊙ f′(X).</summary>
    Tensor UnaryGradient(UnaryOp op, Tensor x, Tensor dy);

    // ---- over rows -----------------------------------------------------------------------------------------------

    /// <summary>(x − mean)/√(var + ε)·gain + bias over each row, with the biased variance.</summary>
    /// <param name="x">[…, n].</param>
    /// <param name="gain">[n].</param>
    /// <param name="bias">[n], or null.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="statistics">[rows, 2]: mean and 1/√(var + ε) of each row, for the gradient.</param>
    Tensor LayerNorm(Tensor x, Tensor gain, Tensor? bias, float epsilon, out Tensor statistics);

    /// <summary>Gradient of <see cref="LayerNorm"/> with respect to X.</summary>
    Tensor LayerNormInputGradient(Tensor x, Tensor gain, Tensor statistics, Tensor dy);

    /// <summary>x/√(mean(x²) + ε)·gain over each row.</summary>
    /// <param name="x">[…, n].</param>
    /// <param name="gain">[n].</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="statistics">[rows]: 1/√(mean(x²) + ε), for the gradient.</param>
    Tensor RmsNorm(Tensor x, Tensor gain, float epsilon, out Tensor statistics);

    /// <summary>Gradient of <see cref="RmsNorm"/> with respect to X.</summary>
    Tensor RmsNormInputGradient(Tensor x, Tensor gain, Tensor statistics, Tensor dy);

    /// <summary>softmax(scale·X + bias) over rows, the row maximum subtracted first.</summary>
    /// <param name="x">[…, n].</param>
    /// <param name="scale">Factor on X.</param>
    /// <param name="bias">Broadcasts to X's shape, or null. May hold −∞ and float.MinValue: such entries become exactly 0.</param>
    Tensor Softmax(Tensor x, float scale, Tensor? bias);

    /// <summary>Gradient of <see cref="Softmax"/> with respect to X: scale · y ⊙ (dy − Σ y dy).</summary>
    Tensor SoftmaxGradient(Tensor y, Tensor dy, float scale);

    /// <summary>log softmax over rows.</summary>
    Tensor LogSoftmax(Tensor x);

    /// <summary>Gradient of <see cref="LogSoftmax"/>: dy − eʸ Σ dy.</summary>
    Tensor LogSoftmaxGradient(Tensor y, Tensor dy);

    // ---- layout --------------------------------------------------------------------------------------------------

    /// <summary>Reorders axes: result axis i is operand axis axes[i].</summary>
    Tensor Permute(Tensor x, ReadOnlySpan<int> axes);

    /// <summary>A range start..start+length of one axis.</summary>
    Tensor Narrow(Tensor x, int axis, int start, int length);

    /// <summary>Narrow's transpose: X placed at <paramref name="start"/> of one axis of zeros of extent <paramref name="extent"/>.</summary>
    Tensor Pad(Tensor x, int axis, int start, int extent);

    /// <summary>Joins tensors along one axis.</summary>
    Tensor Concat(ReadOnlySpan<Tensor> parts, int axis);

    /// <summary>
    /// Rotary position embedding on the first 2·r entries of each head. Pair j is (2j, 2j+1) when interleaved, else
    /// (j, j+r): (a, b) → (a cos − b sin, b cos + a sin).
    /// </summary>
    /// <param name="x">[batch, sequence, heads, head size].</param>
    /// <param name="cos">[sequence, r].</param>
    /// <param name="sin">[sequence, r].</param>
    /// <param name="interleaved">Which entries form a pair.</param>
    /// <param name="inverse">Rotate back (the gradient).</param>
    Tensor Rotary(Tensor x, Tensor cos, Tensor sin, bool interleaved, bool inverse = false);

    // ---- rows and columns by index -------------------------------------------------------------------------------

    /// <summary>Chosen rows of a tensor seen as a matrix: [rows.Length, last].</summary>
    Tensor GatherRows(Tensor x, ReadOnlySpan<int> rows);

    /// <summary>GatherRows' transpose: a matrix [count, last] of zeros with x's rows added at the given places, in order.</summary>
    Tensor ScatterRows(Tensor x, ReadOnlySpan<int> rows, int count);

    /// <summary>One element per row: result[i] = x[i, columns[i]], shape [rows].</summary>
    Tensor Pick(Tensor x, ReadOnlySpan<int> columns);

    /// <summary>Pick's transpose: [rows, width], zero but for x[i] at columns[i].</summary>
    Tensor PickGradient(Tensor x, ReadOnlySpan<int> columns, int width);

    // ---- answers to the host -------------------------------------------------------------------------------------

    /// <summary>Column of each row's largest element, the first of equals.</summary>
    int[] ArgMax(Tensor x);

    /// <summary>Per row, whether any element differs from zero.</summary>
    bool[] NonZeroRows(Tensor x);

    /// <summary>Σ x², accumulated in float64 in a fixed order.</summary>
    double SumOfSquares(Tensor x);

    // ---- optimiser -----------------------------------------------------------------------------------------------

    /// <summary>One Adam step in place on parameter, first and second moment; all four shapes are equal.</summary>
    void AdamStep(Tensor parameter, Tensor firstMoment, Tensor secondMoment, Tensor gradient, in AdamSettings settings);
}
