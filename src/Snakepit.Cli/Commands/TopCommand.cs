using System.CommandLine;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Shows pools, workers and events as they change: on the whole screen of a terminal, as repeated text elsewhere.</summary>
internal sealed class TopCommand : HostCommand
{
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3); // beyond the time between two states

    private readonly Argument<string?> _pool = PoolArgument("The pool. Default: all pools.");
    private readonly Option<TimeSpan?> _interval =
        DurationOption.Create(
            "--interval", "The time between two states, from 100ms to 1h. Default: 1s.",
            TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
    private readonly Option<TimeSpan?> _for = DurationOption.Create("--for", "For how long. Default: until q or Ctrl-C.");

    public TopCommand(Shell shell)
        : base("top", "Shows pools, workers and events live. With --json, each state is a line.", shell)
    {
        Arguments.Add(_pool);
        Options.Add(_interval);
        Options.Add(_for);
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        TimeSpan interval = parsed.GetValue(_interval) ?? s_pace;
        string pool = parsed.GetValue(_pool) is { } name ? $"&pool={Uri.EscapeDataString(name)}" : "";
        string path = string.Create(CultureInfo.InvariantCulture, $"events?state={interval.TotalSeconds:0.###}{pool}");
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (parsed.GetValue(_for) is { } duration)
        {
            until.CancelAfter(duration);
        }
        try
        {
            IAsyncEnumerable<SseItem<string>?> items = NoteSilenceAsync(host.ReadEventsAsync(path, until.Token), interval + s_patience);
            if (WritesJson(parsed))
            {
                await WriteLinesAsync(host, items);
            }
            else if (Shell.Terminal is { IsInteractive: true, Console.Profile.Capabilities.Ansi: true })
            {
                await ShowLiveAsync(host, items, until);
            }
            else
            {
                await RepeatAsync(host, items);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
        throw host.Ended();
    }

    private async Task WriteLinesAsync(HostClient host, IAsyncEnumerable<SseItem<string>?> items)
    {
        await foreach (SseItem<string>? item in items)
        {
            if (item is null)
            {
                TellSilence(host);
            }
            else if (item.Value.EventType == "state")
            {
                Shell.Terminal.WriteLine(item.Value.Data);
                Shell.Terminal.Writer.Flush();
            }
        }
    }

    private async Task RepeatAsync(HostClient host, IAsyncEnumerable<SseItem<string>?> items)
    {
        var board = new TopBoard(host);
        await foreach (SseItem<string>? item in items)
        {
            if (item is null)
            {
                TellSilence(host);
            }
            else if (Read(item.Value, board))
            {
                Shell.Terminal.Write(board.Render(Shell.Terminal.Width, int.MaxValue));
                Shell.Terminal.WriteLine("");
                Shell.Terminal.Writer.Flush();
            }
        }
    }

    private async Task ShowLiveAsync(HostClient host, IAsyncEnumerable<SseItem<string>?> items, CancellationTokenSource until)
    {
        _ = QuitOnKeyAsync(until);
        var board = new TopBoard(host);
        using var screen = new WholeScreen(Shell.Terminal);
        await foreach (SseItem<string>? item in items)
        {
            board.IsSilent = item is null;
            if (item is not null)
            {
                Read(item.Value, board);
            }
            screen.Show(board.Render(Shell.Terminal.Width, Shell.Terminal.Console.Profile.Height));
        }
    }

    private void TellSilence(HostClient host) =>
        Shell.Terminal.Note($"{host.Name} has told nothing for a while. It may be stopped, or very busy.");

    /// <summary>Returns what the host sends, and null once whenever nothing has come for that time.</summary>
    private async IAsyncEnumerable<SseItem<string>?> NoteSilenceAsync(IAsyncEnumerable<SseItem<string>> items, TimeSpan patience)
    {
        await using IAsyncEnumerator<SseItem<string>> each = items.GetAsyncEnumerator();
        while (true)
        {
            Task<bool> next = each.MoveNextAsync().AsTask();
            using (var waiting = new CancellationTokenSource())
            {
                Task silence = Task.Delay(patience, Shell.Time, waiting.Token);
                if (await Task.WhenAny(next, silence) == silence)
                {
                    yield return null;
                }
                await waiting.CancelAsync();
            }
            if (!await next)
            {
                yield break;
            }
            yield return each.Current;
        }
    }

    private static async Task QuitOnKeyAsync(CancellationTokenSource until)
    {
        await Terminal.WaitForKeyAsync('q');
        try
        {
            await until.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The command has ended already.
        }
    }

    /// <summary>Takes what the host has sent; returns whether it is a new state.</summary>
    private static bool Read(SseItem<string> item, TopBoard board)
    {
        switch (item.EventType)
        {
            case "state":
                board.State = JsonSerializer.Deserialize(item.Data, CliJson.Default.StateInfo)!;
                return true;
            case "event":
                board.Add(JsonSerializer.Deserialize(item.Data, CliJson.Default.EventInfo)!);
                return false;
            case "dropped":
                throw new CliException(ExitCode.NoAnswer, "Events were lost, because the tool was too slow. Run it again.");
            default:
                return false;
        }
    }
}
