using System.CommandLine;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Shows what happens to workers and pools, as it happens.</summary>
internal sealed class EventsCommand : HostCommand
{
    private static readonly TimeSpan s_standard = TimeSpan.FromSeconds(10);

    private readonly Argument<string?> _pool = PoolArgument("The pool. Default: all pools.");
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Until Ctrl-C." };
    private readonly Option<TimeSpan?> _for = DurationOption.Create("--for", "For how long. Default: 10s.");

    public EventsCommand(Shell shell)
        : base("events", "Shows what happens to workers and pools from now on. With --json, each event is a line.", shell)
    {
        Arguments.Add(_pool);
        Options.Add(_follow);
        Options.Add(_for);
        Validators.Add(result =>
        {
            if (result.GetValue(_follow) && result.GetValue(_for) is not null)
            {
                result.AddError("--for does not go with --follow.");
            }
        });
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        string query = parsed.GetValue(_pool) is { } pool ? $"?pool={Uri.EscapeDataString(pool)}" : "";
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            if (!parsed.GetValue(_follow))
            {
                until.CancelAfter(parsed.GetValue(_for) ?? s_standard);
            }
            await foreach (SseItem<string> item in host.ReadEventsAsync($"events{query}", until.Token))
            {
                Write(item, WritesJson(parsed));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
        throw host.Ended();
    }

    private void Write(SseItem<string> item, bool asJson)
    {
        switch (item.EventType)
        {
            case "event" when asJson:
                Shell.Terminal.WriteLine(item.Data);
                break;
            case "event":
                Write(JsonSerializer.Deserialize(item.Data, CliJson.Default.EventInfo)!);
                break;
            case "dropped":
                DroppedInfo dropped = JsonSerializer.Deserialize(item.Data, CliJson.Default.DroppedInfo)!;
                throw new CliException(
                    ExitCode.NoAnswer,
                    $"{Shown.Count(dropped.Lost, "event", "was", "were")} lost, because the tool was too slow. Run it again.");
        }
    }

    private void Write(EventInfo happened)
    {
        string time = happened.At.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        string detail = happened.Detail is { Length: > 0 } more ? $" {more}" : "";
        string level = happened.Level == "info" ? "" : $"{happened.Level}: ";
        Shell.Terminal.Say($"{time} {level}{happened.Text}{detail}", happened.Level == "info" ? null : Cell.State(happened.Level).Style);
        Shell.Terminal.Writer.Flush();
    }
}
