using Mend.Tensors.Cpu;
using Mend.Tensors.Tests.Cpu;

namespace Mend.Tensors.Tests.Autograd;

/// <summary>What the tape keeps, hands over and gives back.</summary>
public sealed class TapeTests : IDisposable
{
    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });
    private readonly List<Tensor> _mine = [];

    public void Dispose()
    {
        _mine.ForEach(t => t.Dispose());
        Assert.Equal(0, _engine.LiveTensors);
        _engine.Dispose();
    }

    [Fact]
    public void Seed_TwiceOnOneValue_Adds()
    {
        using Tape tape = new(_engine, recording: true);
        Value x = tape.Leaf(Mine(1, 2, 3));
        Value y = tape.Scale(x, 2f);
        Tensor seed = Mine(1, 10, 100);

        tape.Seed(y, seed);
        tape.Seed(y, seed);
        tape.Backward();

        Assert.Equal([4f, 40f, 400f], Gradient(tape, x));
        Assert.Equal([1f, 10f, 100f], _engine.Host(seed));
    }

    [Fact]
    public void Seed_TwoOutputsOfOneLeaf_AddsTheirGradients()
    {
        using Tape tape = new(_engine, recording: true);
        Value x = tape.Leaf(Mine(1, 2));
        Value twice = tape.Scale(x, 2f);
        Value thrice = tape.Scale(x, 3f);

        tape.Seed(twice, Mine(1, 1));
        tape.Seed(thrice, Mine(10, 100));
        tape.Backward();

        Assert.Equal([32f, 302f], Gradient(tape, x));
    }

    [Fact]
    public void Seed_ALeafItself_IsItsGradient()
    {
        using Tape tape = new(_engine, recording: true);
        Value x = tape.Leaf(Mine(1, 2));

        tape.Seed(x, Mine(5, 6));
        tape.Backward();

        Assert.Equal([5f, 6f], Gradient(tape, x));
    }

    [Fact]
    public void Seed_ASharedGradientThatIsAddedTo_LeavesTheCallersTensorAlone()
    {
        using Tape tape = new(_engine, recording: true);
        Value x = tape.Leaf(Mine(1, 2));
        Value y = tape.Add(x, x);
        Tensor seed = Mine(3, 4);

        tape.Seed(y, seed);
        tape.Backward();

        Assert.Equal([6f, 8f], Gradient(tape, x));
        Assert.Equal([3f, 4f], _engine.Host(seed));
    }

    [Fact]
    public void Seed_OtherShape_SaysBothShapes()
    {
        using Tape tape = new(_engine, recording: true);
        Value x = tape.Leaf(Mine(1, 2));

        ShapeException error = Assert.Throws<ShapeException>(() => tape.Seed(x, Mine(1, 2, 3)));

        Assert.Contains("[3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[2]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Seed_AValueWithoutGradient_IsPassedOver()
    {
        using Tape tape = new(_engine, recording: true);
        Value constant = tape.Scale(tape.Constant(Mine(1, 2)), 2f);

        tape.Seed(constant, Mine(1, 1));
        tape.Backward();

        Assert.Null(tape.TakeGradient(constant));
    }

    [Fact]
    public void Backward_ConstantBesideALeaf_OnlyTheLeafHasAGradient()
    {
        using Tape tape = new(_engine, recording: true);
        Value constant = tape.Constant(Mine(2, 3));
        Value adopted = tape.Adopt(_engine.FromHost([4, 5], [2]));
        Value x = tape.Leaf(Mine(1, 1));
        Value y = tape.Add(tape.Multiply(x, constant), adopted);

        tape.Seed(y, Mine(1, 1));
        tape.Backward();

        Assert.False(constant.RequiresGradient);
        Assert.Null(tape.TakeGradient(constant));
        Assert.Null(tape.TakeGradient(adopted));
        Assert.Equal([2f, 3f], Gradient(tape, x));
    }

    [Fact]
    public void Backward_ALeafThatNothingSeededDependsOn_HasNoGradient()
    {
        using Tape tape = new(_engine, recording: true);
        Value used = tape.Leaf(Mine(1, 2));
        Value unused = tape.Leaf(Mine(3, 4));
        tape.Scale(unused, 2f);

        tape.Seed(tape.Scale(used, 2f), Mine(1, 1));
        tape.Backward();

        Assert.Null(tape.TakeGradient(unused));
        Assert.Equal([2f, 2f], Gradient(tape, used));
    }

    [Fact]
    public void Backward_NotRecording_RemembersNothing()
    {
        using Tape tape = new(_engine, recording: false);
        Value x = tape.Leaf(Mine(1, 2));
        Value y = tape.Unary(UnaryOp.Tanh, x);

        tape.Seed(y, Mine(1, 1));
        tape.Backward();

        Assert.False(y.RequiresGradient);
        Assert.Null(tape.TakeGradient(x));
    }

    [Fact]
    public void KeepGradient_OnAnIntermediate_KeepsItBesideTheLeafs()
    {
        using Tape tape = new(_engine, recording: true);
        Value x = tape.Leaf(Mine(1, 2));
        Value middle = tape.Scale(x, 3f);
        middle.KeepGradient = true;
        Value y = tape.Scale(middle, 5f);

        tape.Seed(y, Mine(1, 10));
        tape.Backward();

        Assert.Equal([5f, 50f], Gradient(tape, middle));
        Assert.Equal([15f, 150f], Gradient(tape, x));
        Assert.Null(tape.TakeGradient(y));
    }

    [Fact]
    public void KeepGradient_OnAValueWhoseGradientIsAView_StaysAsItWas()
    {
        using Tape tape = new(_engine, recording: true);
        Value x = tape.Leaf(Mine(1, 2));
        Value view = tape.Reshape(x, [2, 1]);
        view.KeepGradient = true;

        // x gets a second gradient after it has taken over the view's storage.
        Value y = tape.Add(view, tape.Reshape(tape.Scale(x, 7f), [2, 1]));
        tape.Seed(y, Mine([2, 1], 1, 10));
        tape.Backward();

        Assert.Equal([1f, 10f], Gradient(tape, view));
        Assert.Equal([8f, 80f], Gradient(tape, x));
    }

    [Fact]
    public void TakeGradient_AfterTheTapeIsGone_TheTensorLivesOn()
    {
        Tensor gradient;
        using (Tape tape = new(_engine, recording: true))
        {
            Value x = tape.Leaf(Mine(1, 2));
            tape.Seed(tape.Scale(x, 2f), Mine(1, 1));
            tape.Backward();
            gradient = tape.TakeGradient(x)!;
            Assert.Null(tape.TakeGradient(x));
        }

        Assert.Equal([2f, 2f], _engine.Take(gradient));
    }

    [Fact]
    public void Dispose_WithGradientsNotTaken_GivesEverythingBackButTheCallersTensors()
    {
        Tensor mine = Mine(1, 2);
        Tensor seed = Mine(1, 1);
        long before = _engine.LiveTensors;
        using (Tape tape = new(_engine, recording: true))
        {
            Value x = tape.Leaf(mine);
            Value y = tape.Unary(UnaryOp.Exp, tape.Add(x, tape.Adopt(_engine.FromHost([3, 4], [2]))));
            y.KeepGradient = true;
            tape.Seed(y, seed);
            tape.Backward();
        }

        Assert.Equal(before, _engine.LiveTensors);
        Assert.Equal([1f, 2f], _engine.Host(mine));
    }

    [Fact]
    public void Dispose_SeededButNeverRun_GivesEverythingBack()
    {
        Tensor mine = Mine(1, 2);
        long before = _engine.LiveTensors;
        using (Tape tape = new(_engine, recording: true))
        {
            tape.Seed(tape.Scale(tape.Leaf(mine), 2f), mine);
        }

        Assert.Equal(before, _engine.LiveTensors);
    }

    [Fact]
    public void Dispose_AfterAnOperationThatFailed_GivesEverythingBack()
    {
        Tensor mine = Mine(1, 2);
        long before = _engine.LiveTensors;
        using (Tape tape = new(_engine, recording: true))
        {
            Value x = tape.Scale(tape.Leaf(mine), 2f);
            Assert.Throws<ShapeException>(() => tape.Add(x, tape.Adopt(_engine.Zeros([3]))));
        }

        Assert.Equal(before, _engine.LiveTensors);
    }

    [Fact]
    public void Dispose_Twice_IsHarmless()
    {
        Tape tape = new(_engine, recording: true);
        tape.Scale(tape.Leaf(Mine(1, 2)), 2f);

        tape.Dispose();
        tape.Dispose();

        Assert.Equal(_mine.Count, _engine.LiveTensors);
    }

    [Fact]
    public void Backward_ALongChain_HoldsOneGradientAtATime()
    {
        using Tape tape = new(_engine, recording: true);
        Value x = tape.Leaf(Mine(1, 2));
        Value y = x;
        for (int i = 0; i < 50; i++)
        {
            y = tape.Scale(y, 1.01f);
        }

        tape.Seed(y, Mine(1, 1));
        long before = _engine.LiveTensors;
        tape.Backward();

        // The seed's share is gone and the leaf's gradient is there.
        Assert.Equal(before, _engine.LiveTensors);
    }

    [Fact]
    public void Backward_RandomExpressions_TheSameBitsEachTime()
    {
        float[] Once()
        {
            using Tape tape = new(_engine, recording: true);
            Value x = tape.Leaf(tape.Adopt(_engine.FromHost(Values.Random(64, 5), [8, 8])).Data);
            Value y = tape.Softmax(tape.MatMul(x, tape.Unary(UnaryOp.GeluTanh, x), transposeB: true));
            using Tensor seed = _engine.FromHost(Values.Random(64, 6), [8, 8]);
            tape.Seed(y, seed);
            tape.Backward();
            return Gradient(tape, x);
        }

        Assert.Equal(Once(), Once());
    }

    private Tensor Mine(params float[] values) => Mine([values.Length], values);

    private Tensor Mine(Shape shape, params float[] values)
    {
        Tensor tensor = _engine.FromHost(values, shape);
        _mine.Add(tensor);
        return tensor;
    }

    private float[] Gradient(Tape tape, Value value) => _engine.Take(tape.TakeGradient(value)!);
}
