using Spectre.Console;

namespace Mend.Cli;

/// <summary>
/// Shows how far a long command is: a bar with the time left on a terminal, a plain line now and then elsewhere, nothing when quiet.
/// </summary>
internal sealed class ProgressDisplay
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(15);

    private readonly CliOutput _output;
    private readonly TimeProvider _time;
    private readonly ProgressTask? _bar;
    private long _lastLine;

    private ProgressDisplay(CliOutput output, TimeProvider time, ProgressTask? bar)
    {
        _output = output;
        _time = time;
        _bar = bar;
        _lastLine = time.GetTimestamp();
    }

    /// <summary>Shows progress while work is done.</summary>
    /// <param name="output">Where.</param>
    /// <param name="time">The clock.</param>
    /// <param name="title">What is done.</param>
    /// <param name="work">The work; it reports to the display.</param>
    public static async Task<T> RunAsync<T>(CliOutput output, TimeProvider time, string title, Func<ProgressDisplay, Task<T>> work)
    {
        if (!output.CanDraw)
        {
            return await work(new ProgressDisplay(output, time, null));
        }

        return await output.ErrorConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context => work(new ProgressDisplay(output, time, context.AddTask(Markup.Escape(title), maxValue: 1))));
    }

    /// <summary>Says how far the work is.</summary>
    /// <param name="done">From 0 to 1.</param>
    /// <param name="status">What else there is to say.</param>
    /// <param name="remaining">Time left, or null when it is not known.</param>
    /// <param name="important">Whether a plain line is due at once.</param>
    public void Report(double done, string status, TimeSpan? remaining = null, bool important = false)
    {
        string left = remaining is { } time ? $"  eta {Format.Time(time)}" : "";
        if (_bar is not null)
        {
            _bar.Value = done;
            _bar.Description = Markup.Escape(status + left);
        }
        else if (important || _time.GetElapsedTime(_lastLine) >= LineEvery)
        {
            _lastLine = _time.GetTimestamp();
            _output.Remark($"{Format.Number(100 * done, "0.0")}%  {status}{left}");
        }
    }
}
