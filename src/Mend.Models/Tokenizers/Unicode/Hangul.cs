namespace Mend.Models.Tokenizers.Unicode;

/// <summary>Decomposes and composes Hangul syllables by arithmetic (The Unicode Standard, section 3.12).</summary>
internal static class Hangul
{
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TailCount;

    /// <summary>Appends the two or three parts of a syllable; false when it is none.</summary>
    public static bool TryDecompose(int codePoint, List<int> output)
    {
        var index = codePoint - SyllableBase;
        if (index is < 0 or >= SyllableCount)
        {
            return false;
        }

        output.Add(LeadBase + (index / (VowelCount * TailCount)));
        output.Add(VowelBase + (index % (VowelCount * TailCount) / TailCount));
        if (index % TailCount != 0)
        {
            output.Add(TailBase + (index % TailCount));
        }

        return true;
    }

    /// <summary>Joins a lead and a vowel, or an open syllable and a tail.</summary>
    public static bool TryCompose(int first, int second, out int composed)
    {
        var (lead, vowel) = (first - LeadBase, second - VowelBase);
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            composed = SyllableBase + (((lead * VowelCount) + vowel) * TailCount);
            return true;
        }

        var (syllable, tail) = (first - SyllableBase, second - TailBase);
        composed = first + tail;
        return syllable is >= 0 and < SyllableCount && syllable % TailCount == 0 && tail is > 0 and < TailCount;
    }
}
