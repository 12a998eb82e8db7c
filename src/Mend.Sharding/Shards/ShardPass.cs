using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>One shard's part of one pass: what its forward leaves behind for its backward. Forward, then backward.</summary>
internal sealed class ShardPass : IDisposable
{
    private readonly ModelShard _shard;
    private readonly IReadOnlyList<IStage> _stages;
    private readonly Pass _pass;
    private readonly PassHooks _hooks;
    private readonly PassContext _context;
    private readonly Tape _tape;
    private readonly List<Tensor> _owned = [];
    private StageState _input;
    private StageState _output;
    private PassResult _result = new();

    public ShardPass(ModelShard shard, IReadOnlyList<IStage> stages, Pass pass, PassHooks hooks, IPassOverlay? overlay, IReadOnlyList<GrowingText> texts)
    {
        _shard = shard;
        _stages = stages;
        _pass = pass;
        _hooks = hooks;
        _tape = new Tape(shard.Engine, Records);
        _context = new PassContext(shard.Engine, pass.Batch)
        {
            Overlay = overlay,
            Hooks = hooks.Layers,
            Texts = texts,
            OutputRows = ObjectiveOnTape.Rows(pass.Objective) ?? OutputRows(pass),
        };
    }

    /// <summary>Whether any of the shard's stages needs gradients.</summary>
    public bool Records => _pass.GradientFrom < _shard.Range.End;

    /// <summary>Whether the shard below needs a gradient from this one.</summary>
    private bool PassesGradientDown => _pass.GradientFrom < _shard.Range.Start;

    public ShardActivations Forward(ShardActivations input, CancellationToken cancellationToken)
    {
        Value? Enter(Tensor? tensor) => tensor is null ? null : PassesGradientDown ? _tape.Leaf(tensor) : _tape.Constant(tensor);
        _input = _output = new StageState(Enter(input.Hidden), Enter(input.Encoder));
        for (int i = Math.Max(_shard.Range.Start, _pass.StartStage); i < _shard.Range.End; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _hooks.Entering?.See(_shard.Engine, i, _output);
            _output = i >= _pass.GradientFrom
                ? _stages[i - _shard.Range.Start].Forward(new StageContext(_context, _tape), _output)
                : Untaped(_stages[i - _shard.Range.Start], _output);
            _hooks.StageDone?.Invoke(i, _output);
        }

        foreach (GrowingText text in _context.Texts)
        {
            text.Cache.Advance(text.Count);
        }

        if (_shard.IsLast)
        {
            Answer();
        }

        return new ShardActivations(_output.Hidden?.Data, _output.Encoder?.Data);
    }

    public ShardReply Backward(ShardReply? above)
    {
        if (!Records)
        {
            return new ShardReply(_result, null, null);
        }

        Seed(_output.Hidden, above?.HiddenGradient);
        Seed(_output.Encoder, above?.EncoderGradient);
        _tape.Backward();
        foreach ((string layer, ILayerHook hook) in _hooks.Layers)
        {
            if (_shard.Layers.ContainsKey(layer))
            {
                hook.Collect(_tape);
            }
        }

        return new ShardReply(above?.Result ?? _result, Gradient(_input.Hidden), Gradient(_input.Encoder));
    }

    public void Dispose()
    {
        _tape.Dispose();
        _context.Dispose();
        foreach (Tensor tensor in _owned)
        {
            tensor.Dispose();
        }
    }

    /// <summary>The rows whose logits are wanted: of texts those that tokens are chosen from, unless logits alone are asked for.</summary>
    private static int[]? OutputRows(Pass pass)
    {
        int[] chosen = pass.ChoiceRows();
        return chosen.Length > 0 || (pass.Texts.Count > 0 && pass.Outputs == PassOutputs.None) ? chosen : pass.OutputRows;
    }

    /// <summary>Runs a stage whose intermediate tensors are given back at once.</summary>
    private StageState Untaped(IStage stage, StageState input)
    {
        using Tape tape = new(_shard.Engine, recording: false);
        StageState output = stage.Forward(new StageContext(_context, tape), input);

        // The encoder's output first: where it is the hidden states that came in, keeping the new ones gives those back.
        Value? encoder = Keep(output.Encoder, input.Encoder);
        return new StageState(Keep(output.Hidden, input.Hidden), encoder);
    }

    private Value? Keep(Value? output, Value? input)
    {
        if (output is null || ReferenceEquals(output, input))
        {
            return output;
        }

        Tensor kept = _shard.Engine.Share(output.Data);
        if (input is not null && _owned.Remove(input.Data))
        {
            input.Data.Dispose();
        }

        _owned.Add(kept);
        return _tape.Constant(kept);
    }

    private void Answer()
    {
        Value logits = _output.RequireHidden();
        if (_pass.Outputs.HasFlag(PassOutputs.Logits))
        {
            _result = _result with { Logits = HostTensor.From(_shard.Engine, logits.Data) };
        }

        if (_shard.Architecture.Task == ModelTask.Classification)
        {
            // One logit z for "true" against 0 for "false": log softmax of (0, z) is log σ(∓z).
            logits = _tape.Concat(1, _tape.Adopt(_shard.Engine.Zeros(logits.Shape)), logits);
        }

        if (_pass.Outputs.HasFlag(PassOutputs.LogProbabilities))
        {
            using Tensor logP = _shard.Engine.LogSoftmax(logits.Data);
            _result = _result with { LogProbabilities = HostTensor.From(_shard.Engine, logP) };
        }

        if (_pass.Texts.Count > 0)
        {
            _result = _result with { Texts = TokenSampler.Choose(_shard.Engine, logits.Data, _pass.Texts) };
        }

        if (ObjectiveOnTape.Rows(_pass.Objective) is not null)
        {
            PassResult values = ObjectiveOnTape.Evaluate(_tape, logits, _pass.Objective);
            _result = values with { Logits = _result.Logits, LogProbabilities = _result.LogProbabilities };
        }
    }

    private void Seed(Value? value, Tensor? gradient)
    {
        if (value is not null && gradient is not null)
        {
            _tape.Seed(value, gradient);
        }
    }

    private Tensor? Gradient(Value? value) => value is null || !PassesGradientDown ? null : _tape.TakeGradient(value);
}
