using System.Text;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>One of Unicode's normalisation forms.</summary>
internal sealed class FormNormalizer : INormalizer
{
    private readonly NormalizationForm _form;

    public FormNormalizer(NormalizationForm form) => _form = form;

    public string Normalize(string text) => NormalizationForms.Normalize(text, _form);
}
