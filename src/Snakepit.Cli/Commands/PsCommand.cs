using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Lists the hosts of this user.</summary>
internal sealed class PsCommand(Shell shell) : CliCommand("ps", "Lists the hosts of this user that run.", shell)
{
    private const string NoEndpoint = "no control endpoint";

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        HostLine?[] asked = await Task.WhenAll(Shell.Hosts.List().Select(host => AskAsync(host, cancellationToken)));
        HostLine[] lines = [.. asked.OfType<HostLine>()];
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(new HostLineList { Hosts = lines }, CliJson.Document.HostLineList);
        }
        else if (lines.Length == 0)
        {
            Shell.Terminal.Say(HostDirectory.NoHost);
        }
        else
        {
            Write(lines);
        }
        return ExitCode.Done;
    }

    /// <summary>Asks a host who it is and how its pools are; returns null when it has ended.</summary>
    private static async Task<HostLine?> AskAsync(FoundHost host, CancellationToken cancellationToken)
    {
        if (host.Socket is null)
        {
            return new HostLine { Pid = host.Pid, Name = host.Program, Problem = NoEndpoint };
        }
        try
        {
            using HostClient? client = await HostClient.TryConnectAsync(host, cancellationToken);
            return client is null ? null
                : HostLine.Of(host, client.Info, await client.GetAsync("pools", CliJson.Default.PoolList, cancellationToken));
        }
        catch (CliException e)
        {
            return new HostLine { Pid = host.Pid, Name = host.Program, Problem = e.Message };
        }
    }

    private void Write(HostLine[] lines)
    {
        var table = new TableView("#pid", "host", "version", "up", "pools", "#ready", "#running", "#queued");
        foreach (HostLine line in lines)
        {
            double? age = line.StartedAt is { } began ? (Shell.Time.GetUtcNow() - began).TotalSeconds : null;
            table.Add(
                new Cell($"{line.Pid}"), line.Name ?? Show.Nothing, line.Version?.Split('+')[0] ?? Show.Nothing, Show.Age(age),
                line.Pools is { } pools ? Shown.Text(string.Join(", ", pools), 40) : Show.Nothing,
                line.Size is { } size ? $"{line.Ready}/{size}" : Show.Nothing,
                line.Running is { } running ? Show.Number(running) : Show.Nothing,
                line.Queued is { } queued ? Show.Number(queued) : Show.Nothing);
        }
        Shell.Terminal.Write(table);
        foreach (HostLine line in lines.Where(static line => line.Problem is not null))
        {
            string remedy = line.Problem == NoEndpoint ? $" {HostDirectory.Remedy}" : "";
            Shell.Terminal.Say($"{line.Pid}: {line.Problem}{(remedy.Length == 0 ? "" : $".{remedy}")}");
        }
    }
}
