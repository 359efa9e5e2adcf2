using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Changes the number of workers of a pool until the host restarts.</summary>
internal sealed class ResizeCommand : HostCommand
{
    private readonly OrderOptions _order = new();
    private readonly Argument<string> _pool = new("POOL") { Description = "The pool." };
    private readonly Argument<int> _size = new("SIZE")
    {
        Description = "The number of workers.", CustomParser = NumberOption.Parser("SIZE", 1, 10_000),
    };

    public ResizeCommand(Shell shell)
        : base("resize", "Changes the number of workers of a pool until the host restarts.", shell)
    {
        Arguments.Add(_pool);
        Arguments.Add(_size);
        _order.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        DoneInfo done = await host.OrderAsync(
            Target.PathOf(parsed.GetValue(_pool)!, "resize"),
            new ResizeOrder { Size = parsed.GetValue(_size), Wait = _order.Waits(parsed) },
            CliJson.Default.ResizeOrder, CliJson.Default.DoneInfo, _order.Limit(parsed), cancellationToken);
        return DoneView.Write(Shell.Terminal, done, WritesJson(parsed));
    }
}
