using System.Text.Json;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// BERT (Devlin et al., 2019) with a head for one yes-or-no answer, as Hugging Face's BertForSequenceClassification and the
/// authors' BertClassifier store it: norms after each part, learned positions, two segments, a pooler on the first token.
/// </summary>
internal sealed class Bert : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["bert"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        int width = config.Size("hidden_size", 768);
        int inner = config.Size("intermediate_size", 3072);
        int layers = config.Layers("num_hidden_layers", 12);
        int heads = config.Size("num_attention_heads", 12);
        int vocabulary = config.Size("vocab_size", 30522);
        int positions = config.Size("max_position_embeddings", 512);
        int types = config.Size("type_vocab_size", 2);
        float epsilon = (float)config.Number("layer_norm_eps", 1e-12);
        UnaryOp activation = Activations.Named(config, config.String("hidden_act", "gelu"));
        Heads.Check(config, width, heads, "hidden_size", "num_attention_heads");
        RequireKnownShape(config);

        List<StageSpec> stages =
        [
            new("embeddings", StageKind.Embedding, p => new Embeddings(p, width, vocabulary, positions, types, epsilon)),
        ];
        stages.AddRange(Enumerable.Range(0, layers).Select(i => new StageSpec(
            $"block {i}", StageKind.Block, p => new Block(p, $"bert.encoder.layer.{i}", width, inner, heads, activation, epsilon))));
        stages.Add(new StageSpec("classifier", StageKind.Head, p => new Classifier(p, width)));

        return new ModelArchitecture
        {
            Family = "bert",
            Task = ModelTask.Classification,
            Stages = stages,
            Width = width,
            Heads = heads,
            Vocabulary = vocabulary,
            MaxPositions = positions,
            ShiftTargets = false,
            DefaultEditedLayers = LastBlocks.Of(
                layers, 3, "bert.encoder.layer.{0}.intermediate.dense.weight", "bert.encoder.layer.{0}.output.dense.weight"),
        };
    }

    private static void RequireKnownShape(ConfigReader config)
    {
        // The configuration of a plain BERT says nothing about labels; the authors put one logit on it, and so do we.
        int labels = config.Int("num_labels", config.Element("id2label") is { ValueKind: JsonValueKind.Object } names ? names.EnumerateObject().Count() : 1);
        if (labels != 1)
        {
            throw new ModelException(
                $"'{config.Source}' has {labels} labels; one logit, of the answer \"true\", is supported. Train a head with num_labels = 1.");
        }

        string positions = config.String("position_embedding_type", "absolute");
        if (positions != "absolute")
        {
            throw new ModelException($"'{config.Source}' has position_embedding_type = \"{positions}\"; only \"absolute\" is supported.");
        }

        config.Require("is_decoder", false, "tokens would see earlier ones only");
        config.Require("add_cross_attention", false, "its blocks would attend to an encoder");
        config.Require("is_encoder_decoder", false, "its blocks would attend to an encoder");
        config.Ignore("tie_word_embeddings", "directionality", "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type");
    }

    private sealed class Embeddings(ParameterSource parameters, int width, int vocabulary, int positions, int types, float epsilon) : IStage
    {
        private readonly Weight _tokens = parameters.Table("bert.embeddings.word_embeddings.weight", vocabulary, width);
        private readonly Weight _positions = parameters.Table("bert.embeddings.position_embeddings.weight", positions, width);
        private readonly Weight _types = parameters.Table("bert.embeddings.token_type_embeddings.weight", types, width);
        private readonly Norm _norm = new(parameters, "bert.embeddings.LayerNorm", width, epsilon);

        public StageState Forward(StageContext context, StageState input)
        {
            Tape tape = context.Tape;
            ModelBatch batch = context.Batch;
            Value x = PositionedEmbedding.Forward(context, _tokens, _positions, offset: 0);
            Value segments = TokenEmbedding.Forward(context, _types, batch.TokenTypes ?? new int[batch.InputIds.Length]);
            return new StageState(_norm.Forward(tape, tape.Add(x, segments)));
        }
    }

    private sealed class Block(
        ParameterSource parameters, string prefix, int width, int inner, int heads, UnaryOp activation, float epsilon) : IStage
    {
        private readonly float _scale = 1f / MathF.Sqrt(width / heads);
        private readonly LinearLayer _q = parameters.Linear($"{prefix}.attention.self.query", width, width);
        private readonly LinearLayer _k = parameters.Linear($"{prefix}.attention.self.key", width, width);
        private readonly LinearLayer _v = parameters.Linear($"{prefix}.attention.self.value", width, width);
        private readonly LinearLayer _out = parameters.Linear($"{prefix}.attention.output.dense", width, width);
        private readonly Norm _attentionNorm = new(parameters, $"{prefix}.attention.output.LayerNorm", width, epsilon);
        private readonly LinearLayer _up = parameters.Linear($"{prefix}.intermediate.dense", width, inner);
        private readonly LinearLayer _down = parameters.Linear($"{prefix}.output.dense", inner, width);
        private readonly Norm _mlpNorm = new(parameters, $"{prefix}.output.LayerNorm", width, epsilon);

        public StageState Forward(StageContext context, StageState input)
        {
            Tape tape = context.Tape;
            Value x = input.RequireHidden();
            Value Head(LinearLayer layer) => Attention.Split(tape, context.Linear(layer, x), heads);
            Value attended = EncoderAttention.Attend(context, Head(_q), Head(_k), Head(_v), _scale);
            Value h = _attentionNorm.Forward(tape, tape.Add(context.Linear(_out, attended), x));
            Value up = tape.Unary(activation, context.Linear(_up, h));
            return input with { Hidden = _mlpNorm.Forward(tape, tape.Add(context.Linear(_down, up), h)) };
        }
    }

    /// <summary>tanh of a linear layer on the first token, then one logit: [rows, 1], a row for each text.</summary>
    private sealed class Classifier(ParameterSource parameters, int width) : IStage
    {
        private readonly LinearLayer _pooler = parameters.Linear("bert.pooler.dense", width, width);
        private readonly LinearLayer _classifier = parameters.Linear("classifier", width, 1);

        public StageState Forward(StageContext context, StageState input)
        {
            Tape tape = context.Tape;
            ModelBatch batch = context.Batch;
            IEnumerable<int> texts = context.Pass.OutputRows ?? Enumerable.Range(0, batch.Size);
            Value first = tape.GatherRows(input.RequireHidden(), [.. texts.Select(text => text * batch.Length)]);
            Value pooled = tape.Unary(UnaryOp.Tanh, tape.Linear(first, _pooler.Weight, _pooler.Bias));
            return input with { Hidden = tape.Linear(pooled, _classifier.Weight, _classifier.Bias) };
        }
    }
}
