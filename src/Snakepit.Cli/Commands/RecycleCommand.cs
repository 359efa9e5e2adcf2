using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Replaces workers: one, that of a slot, or all of a pool.</summary>
internal sealed class RecycleCommand : HostCommand
{
    private readonly OrderOptions _order = new();
    private readonly Argument<Target> _target = Target.Argument(
        "TARGET", "A pool (text), whose workers are replaced one after another, a slot (text/3) or a worker (text/3#17).");

    public RecycleCommand(Shell shell)
        : base("recycle", "Replaces workers. The replacement is ready before the old worker stops.", shell)
    {
        Arguments.Add(_target);
        _order.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        Target target = parsed.GetValue(_target)!;
        var order = new RecycleOrder
        {
            Slot = target.Worker is null ? target.Slot : null, Worker = target.Worker, Wait = _order.Waits(parsed),
        };
        TimeSpan limit = _order.Limit(parsed);
        if (!_order.Waits(parsed))
        {
            DoneInfo begun = await host.OrderAsync(
                target.Path("recycle"), order, CliJson.Default.RecycleOrder, CliJson.Default.DoneInfo, limit, cancellationToken);
            return DoneView.Write(Shell.Terminal, begun, WritesJson(parsed));
        }
        RecycleInfo report = await host.OrderAsync(
            target.Path("recycle"), order, CliJson.Default.RecycleOrder, CliJson.Default.RecycleInfo, limit, cancellationToken);
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(report, CliJson.Document.RecycleInfo);
        }
        else
        {
            foreach (SlotRecycleInfo slot in report.Slots)
            {
                Shell.Terminal.Say(Sentence(slot));
            }
        }
        return report.AllReplaced && !report.Slots.Any(IsEmpty) ? ExitCode.Done : ExitCode.NotWell;
    }

    /// <summary>Returns whether a slot had no worker that could have been replaced, and has none now.</summary>
    private static bool IsEmpty(SlotRecycleInfo slot) => slot is { Outcome: "alreadyReplaced", New: null };

    private static string Sentence(SlotRecycleInfo slot)
    {
        if (IsEmpty(slot))
        {
            return $"Slot {slot.Slot} has no worker to replace; one starts as soon as it can. "
                + "'snakepit status' tells what keeps it from starting.";
        }
        string problem = slot.EndProblem is { } end ? $" {end}" : "";
        return slot.Outcome switch
        {
            "replaced" => $"{slot.Old} was replaced by {slot.New} in {Show.Duration(slot.DurationSeconds)}"
                + $"{(slot.StoppedFirst ? ", and stopped first" : "")}.{problem}",
            "alreadyReplaced" => $"{slot.Old} had been replaced already: {slot.New} serves.",
            "keptOld" => $"{slot.Old} goes on, because no replacement could start: {slot.Failure}",
            _ => $"{slot.Old} was not replaced: {slot.Failure ?? slot.Outcome}",
        };
    }
}
