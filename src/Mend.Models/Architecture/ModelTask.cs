namespace Mend.Models;

/// <summary>What a model answers with, and therefore how its loss is formed.</summary>
public enum ModelTask
{
    /// <summary>Next-token prediction; the logits at a position predict the label at the next one.</summary>
    Causal,

    /// <summary>Encoder and decoder; the decoder's logits predict a target sequence.</summary>
    SequenceToSequence,

    /// <summary>One yes-or-no answer for a text.</summary>
    Classification,
}
