using System.CommandLine;

namespace Snakepit.Cli.Commands;

/// <summary>How long a command waits for what it has ordered.</summary>
internal sealed class OrderOptions
{
    private static readonly TimeSpan s_standard = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_acknowledgement = TimeSpan.FromSeconds(10);

    private readonly Option<bool> _noWait =
        new("--no-wait") { Description = "Return when the order is given. 'snakepit events' tells the rest." };

    private readonly Option<TimeSpan?> _timeout = DurationOption.Create(
        "--timeout", "How long to wait. What has begun goes on without the tool. Default: 10m.");

    public void AddTo(Command command)
    {
        command.Options.Add(_noWait);
        command.Options.Add(_timeout);
    }

    public bool Waits(ParseResult parsed) => !parsed.GetValue(_noWait);

    public TimeSpan Limit(ParseResult parsed) => Waits(parsed) ? parsed.GetValue(_timeout) ?? s_standard : s_acknowledgement;
}
