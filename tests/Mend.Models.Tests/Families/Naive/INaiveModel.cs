namespace Mend.Models.Tests.Families.Naive;

/// <summary>A model written down as its paper has it: one text, token by token, float64, no tricks.</summary>
internal interface INaiveModel
{
    /// <summary>What enters the first layer for a token.</summary>
    double[] Entering(int id, int position);

    /// <summary>Logits [S][vocabulary] from what enters the first layer, [S][C].</summary>
    double[][] Logits(double[][] x);
}
