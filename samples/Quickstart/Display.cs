using Snakepit;
using Spectre.Console;

namespace Quickstart;

/// <summary>Shows progress while the calls run: a live bar in a terminal, plain lines without control codes elsewhere.</summary>
internal sealed class Display(IAnsiConsole console)
{
    private static readonly TimeSpan LiveInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(1);

    /// <summary>Prints a line for every worker that is replaced or lost, until the pool has stopped.</summary>
    public async Task ShowEventsAsync(IAsyncEnumerable<LifecycleEvent> events, WorkerHistory history)
    {
        await foreach (LifecycleEvent happened in events)
        {
            history.Add(happened);
            switch (happened)
            {
                case WorkerRecycledEvent recycled:
                    console.WriteLine(
                        $"recycled {recycled.Worker} after {recycled.Requests:N0} calls ({Name(recycled.Reason)}), " +
                        $"{recycled.FailedCalls} failed");
                    break;
                case WorkerCrashedEvent { Report: var report }:
                    console.WriteLine($"lost {report.Worker} after {report.Requests:N0} calls: {report.Description}");
                    break;
            }
        }
    }

    /// <summary>Shows the progress until the work has ended, successfully or not.</summary>
    public Task ShowProgressAsync(Traffic traffic, long total, Task work) => console.Profile.Capabilities.Interactive
        ? console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(progress =>
            {
                ProgressTask bar = progress.AddTask("counting", maxValue: total);
                return RepeatAsync(LiveInterval, work, () =>
                {
                    bar.Value = traffic.Calls;
                    bar.Description = $"{traffic.CallsPerSecond:N0} calls/s";
                });
            })
        : RepeatAsync(PlainInterval, work, () =>
            console.WriteLine($"{traffic.Calls:N0} of {total:N0} calls, {traffic.CallsPerSecond:N0} calls/s"));

    private static async Task RepeatAsync(TimeSpan interval, Task work, Action show)
    {
        using var timer = new PeriodicTimer(interval);
        while (await Task.WhenAny(work, timer.WaitForNextTickAsync().AsTask()) != work)
        {
            show();
        }
        show();
    }

    private static string Name(RecycleReason reason) => reason switch
    {
        RecycleReason.MaxRequests => "max_requests",
        RecycleReason.Manual => "manual",
        _ => "worker_died",
    };
}
