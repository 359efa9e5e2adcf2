using System.CommandLine;
using System.Text.Json;
using Snakepit.Cli.Local;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Starts a pool for an adapter and calls its tools: one, or those that the user writes at a prompt.</summary>
internal sealed class RunCommand : CliCommand
{
    private const string Pool = "run";
    private const string Prompt = "> ";
    private const string Help = "Write a tool and its arguments: add a=40 b=2. 'tools' lists the tools, 'quit' ends.";

    private readonly AdHocPool _pool = new();
    private readonly Argument<string> _adapter = new("ADAPTER") { Description = "A Python file, a module, or module:Class." };
    private readonly Argument<string[]> _call = new("CALL")
    {
        Description = "A tool and its arguments: name=value, or one JSON object or list. Without a tool, a prompt asks for calls.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public RunCommand(Shell shell)
        : base("run", "Starts a pool for an adapter, and calls a tool or asks for calls at a prompt.", shell)
    {
        Arguments.Add(_adapter.WithoutOptions());
        Arguments.Add(_call);
        _pool.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string[] call = parsed.GetValue(_call) ?? [];
        ToolArguments arguments = call.Length == 0 ? default : CallText.ForPool(call[1..]); // before anything starts
        using var log = new TerminalLog(Shell.Terminal);
        await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(
            builder =>
            {
                builder.LoggerFactory = log;
                builder.AddPool(Pool, pool =>
                {
                    pool.Adapter = AdHocPool.Locate(parsed.GetValue(_adapter)!, Shell.Folder);
                    pool.Size = 1;
                    _pool.Apply(parsed, pool, Shell.Folder);
                });
            },
            cancellationToken);
        log.ShowsErrors = true;
        IWorkerPool pool = snakepit.GetPool(Pool);
        if (call.Length == 0)
        {
            await PromptAsync(pool, parsed, cancellationToken);
        }
        else
        {
            await CallAsync(pool, call[0], arguments, parsed, cancellationToken);
        }
        return ExitCode.Done;
    }

    private async Task PromptAsync(IWorkerPool pool, ParseResult parsed, CancellationToken cancellationToken)
    {
        Terminal terminal = Shell.Terminal;
        if (terminal.IsInteractive)
        {
            terminal.Note($"{pool.GetSnapshot().Python}\n{Help}");
        }
        while (await ReadAsync(cancellationToken) is { } line)
        {
            try
            {
                string[] words = CallText.Split(line);
                if (words is ["quit" or "exit"])
                {
                    return;
                }
                switch (words)
                {
                    case []:
                        break;
                    case ["help"]:
                        terminal.Note(Help);
                        break;
                    case ["tools"]:
                        WriteTools(pool);
                        break;
                    default:
                        await CallAsync(pool, words[0], CallText.ForPool(words[1..]), parsed, cancellationToken);
                        break;
                }
            }
            catch (ToolException e)
            {
                terminal.Complain(e.Error.ToString());
            }
            catch (Exception e) when (e is SnakepitException or CliException or ArgumentException)
            {
                terminal.Complain(e.Message);
            }
        }
    }

    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        if (Shell.Terminal.IsInteractive)
        {
            await Shell.Terminal.Writer.WriteAsync(Prompt);
            await Shell.Terminal.Writer.FlushAsync(cancellationToken);
        }
        // A read of the console cannot be cancelled; the end of the process ends it.
        return await Task.Run(Shell.Terminal.Input.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
    }

    private async Task CallAsync(
        IWorkerPool pool, string tool, ToolArguments arguments, ParseResult parsed, CancellationToken cancellationToken)
    {
        string[] names = [.. pool.Tools.Select(static known => known.Name)];
        if (!names.Contains(tool))
        {
            throw new CliException(
                ExitCode.NotFound,
                $"The adapter has no tool '{Shown.Text(tool)}'.{NearName.Suggest(tool, names)} Its tools are: {Shown.Names(names)}.");
        }
        JsonElement result = await pool.ExecuteAsync<JsonElement>(tool, arguments, cancellationToken: cancellationToken);
        ResultView.Write(Shell.Terminal, result, WritesJson(parsed));
    }

    private void WriteTools(IWorkerPool pool)
    {
        foreach (ToolDescriptor tool in pool.Tools)
        {
            Shell.Terminal.Say($"{tool}");
            if (tool.Description.Length > 0)
            {
                Shell.Terminal.SayBelow(tool.Description);
            }
        }
    }
}
