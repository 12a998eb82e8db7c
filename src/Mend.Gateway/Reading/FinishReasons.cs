using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>Why answers ended, in the words of OpenAI's API.</summary>
internal static class FinishReasons
{
    public static string Of(Answer answer) => answer.End == AnswerEnd.Length ? "length" : "stop";
}
