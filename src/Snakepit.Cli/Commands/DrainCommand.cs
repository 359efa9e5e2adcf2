using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Gives a slot no calls for a time, or gives slots calls again.</summary>
internal sealed class DrainCommand : HostCommand
{
    private readonly Argument<Target> _target =
        Target.Argument("TARGET", "A slot, such as text/3. With --resume also a pool, for all its slots.");
    private readonly Option<bool> _resume = new("--resume") { Description = "Give the slots calls again." };
    private readonly Option<TimeSpan?> _for = DurationOption.Create("--for", "For how long. Default: until the slot is resumed.");

    public DrainCommand(Shell shell)
        : base("drain", "Gives a slot no more calls: its worker finishes those that it has, and is kept.", shell)
    {
        Arguments.Add(_target);
        Options.Add(_resume);
        Options.Add(_for);
        Validators.Add(result =>
        {
            bool resumes = result.GetValue(_resume);
            if (resumes && result.GetValue(_for) is not null)
            {
                result.AddError("--for does not go with --resume.");
            }
            else if (result.GetResult(_target)?.Tokens is [var named] && Target.TryParse(named.Value, out Target? worker)
                && worker.Generation is not null)
            {
                result.AddError($"A slot is drained, whichever worker it has: {worker.Pool}/{worker.Slot}.");
            }
            else if (!resumes && result.GetResult(_target)?.Tokens is [var word] && Target.TryParse(word.Value, out Target? pool)
                && pool.Slot is null)
            {
                result.AddError($"Name a slot to drain, such as {pool.Pool}/0. 'snakepit workers {pool.Pool}' lists them.");
            }
        });
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        Target target = parsed.GetValue(_target)!;
        DoneInfo done = parsed.GetValue(_resume)
            ? await host.OrderAsync(
                target.Path("resume"), new ResumeOrder { Slot = target.Slot }, CliJson.Default.ResumeOrder, CliJson.Default.DoneInfo,
                HostClient.ReadLimit, cancellationToken)
            : await host.OrderAsync(
                target.Path("drain"), new DrainOrder { Slot = target.Slot!.Value, Seconds = parsed.GetValue(_for)?.TotalSeconds },
                CliJson.Default.DrainOrder, CliJson.Default.DoneInfo, HostClient.ReadLimit, cancellationToken);
        return DoneView.Write(Shell.Terminal, done, WritesJson(parsed));
    }
}
