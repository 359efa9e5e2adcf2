using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Advice;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Shows how pools are set, what they use of it, and what to change.</summary>
internal sealed class ProfileInspectorCommand : HostCommand
{
    private readonly Option<string?> _pool = new("--pool") { Description = "The pool. Default: all pools.", HelpName = "POOL" };
    private readonly Option<bool> _advice =
        new("--recommendations") { Description = "Say what to change, with the reason and the setting." };

    public ProfileInspectorCommand(Shell shell)
        : base("profile-inspector", "Shows configuration, utilization and memory of pools, and recommends settings.", shell)
    {
        Options.Add(_pool);
        Options.Add(_advice);
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names = parsed.GetValue(_pool) is { } name ? [name] : host.Info.Pools;
        var profiles = new List<PoolProfile>();
        foreach (string pool in names)
        {
            profiles.Add(new PoolProfile(await host.GetAsync(Target.PathOf(pool), CliJson.Default.PoolInfo, cancellationToken)));
        }
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(new ProfileDocument { Pools = profiles }, CliJson.Document.ProfileDocument);
        }
        else
        {
            profiles.ForEach(profile => Write(profile, parsed.GetValue(_advice)));
        }
        return ExitCode.Done;
    }

    private void Write(PoolProfile profile, bool withAdvice)
    {
        Terminal terminal = Shell.Terminal;
        terminal.Say($"Pool '{profile.Pool}' is {profile.State}", Cell.State(profile.State).Style);
        terminal.SayBelow(string.Join(", ", profile.Options.Select(static option => $"{option.Key} = {option.Value}")));
        terminal.SayBelow(
            $"{profile.Ready} of {Shown.Count(profile.Size, "worker")} {(profile.Ready == 1 ? "is" : "are")} ready; "
            + $"{profile.Running} of {Shown.Count(profile.Capacity, "place")} {(profile.Running == 1 ? "runs" : "run")} a call "
            + $"({Show.Percent(profile.Utilization)}), {Shown.Count(profile.Queued, "call", "waits", "wait")}");
        terminal.SayBelow(
            profile.MeanMemoryBytes is null
                ? "the memory of the workers is not known yet"
                : $"memory of a worker: {Show.Size(profile.MeanMemoryBytes)} on average, {Show.Size(profile.HighestMemoryBytes)} at most, "
                    + $"grown by at most {Show.Size(profile.HighestGrowthBytes)}; "
                    + $"computing for {Show.Percent(profile.CpuShare)} of the time");
        if (!withAdvice)
        {
            return;
        }
        if (profile.Recommendations.Count == 0)
        {
            terminal.SayBelow("Nothing to recommend.");
        }
        foreach (Recommendation advice in profile.Recommendations)
        {
            terminal.SayBelow($"{advice.Level}: {advice.Reason} {advice.Setting}");
        }
    }
}
