using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>Attention of texts that grow: see <see cref="IEngine"/>. Text by text.</summary>
public sealed partial class TorchEngine
{
    /// <inheritdoc/>
    public KeyValues NewKeyValues(int heads, int keySize, int valueSize) => new TorchKeyValues(this, _device, heads, keySize, valueSize);

    /// <inheritdoc/>
    public Tensor Attend(Tensor q, Tensor k, Tensor v, IReadOnlyList<TextKeys> texts, in AttentionSettings settings)
    {
        (TorchTensor queries, TorchTensor keys, TorchTensor values) = (Own(q, nameof(q)), Own(k, nameof(k)), Own(v, nameof(v)));
        Shape shape = [1, q.Shape[1], OperandChecks.Attend(q, k, v, texts, settings)];
        TorchKeyValues[] memories = [.. texts.Select(t => t.Memory as TorchKeyValues is { } own && ReferenceEquals(own.Engine, this)
            ? own
            : throw new ArgumentException("Attend: keys and values of another engine were given; they are this engine's that NewKeyValues made.", nameof(texts)))];
        if (memories.Length == 0)
        {
            return Zeros(shape);
        }

        AttentionSettings how = settings;
        return New(nameof(Attend), shape, () =>
        {
            torch.Tensor[] parts = new torch.Tensor[memories.Length];
            int row = 0;
            for (int i = 0; i < parts.Length; i++)
            {
                using DisposeScope scope = torch.NewDisposeScope();
                int rows = texts[i].Rows;
                torch.Tensor Of(TorchTensor x) => x.Data[0].narrow(0, row, rows).permute(1, 0, 2);
                memories[i].Reserve(rows);
                memories[i].Keys.narrow(1, memories[i].Length, rows).copy_(Of(keys));
                memories[i].Values.narrow(1, memories[i].Length, rows).copy_(Of(values));
                parts[i] = Attend(Of(queries), memories[i], texts[i], how).MoveToOuterDisposeScope();
                memories[i].Advance(rows);
                row += rows;
            }

            return torch.cat(parts, 0);
        });
    }

    /// <summary>[heads, rows, size] → [rows, heads · value size]; the text's memory has the new keys and values already, behind its length.</summary>
    private torch.Tensor Attend(torch.Tensor q, TorchKeyValues memory, TextKeys text, in AttentionSettings settings)
    {
        (long heads, long rows, long n) = (q.shape[0], text.Rows, memory.Length + text.Rows);
        long shared = heads / memory.Heads * rows;
        torch.Tensor scores = q.reshape(memory.Heads, shared, memory.KeySize).matmul(memory.Keys.narrow(1, 0, n).transpose(1, 2)).view(heads, rows, n);
        if (settings.Cap is { } most)
        {
            using Scalar before = settings.Scale / most, after = most;
            scores = scores.mul_(before).tanh_().mul_(after);
        }
        else
        {
            using Scalar by = settings.Scale;
            scores = scores.mul_(by);
        }

        if (text.Bias is { } bias)
        {
            scores = scores.add_(Own(bias, nameof(text)).Data[0]);
        }

        if (rows > 1 || settings.Window < n)
        {
            torch.Tensor hidden = torch.ones([rows, n], torch.@bool, _device).triu(memory.Length + 1);
            if (settings.Window is { } window)
            {
                hidden = hidden.logical_or_(torch.ones([rows, n], torch.@bool, _device).tril(memory.Length - window));
            }

            using Scalar never = float.NegativeInfinity;
            scores = scores.masked_fill_(hidden, never);
        }

        torch.Tensor weights = scores.softmax(-1).view(memory.Heads, shared, n);
        return weights.matmul(memory.Values.narrow(1, 0, n)).view(heads, rows, memory.ValueSize).permute(1, 0, 2).reshape(rows, heads * memory.ValueSize);
    }
}
