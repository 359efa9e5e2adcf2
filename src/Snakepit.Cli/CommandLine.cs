using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Snakepit.Cli.Commands;

namespace Snakepit.Cli;

/// <summary>The command line of the tool.</summary>
internal static class CommandLine
{
    private const int LeastHelpWidth = 40;
    private const string Description = """
        Shows and steers the pools of running hosts, examines machines, and tries adapters.

        Exit codes: 0 done; 1 what was asked is not well (a failed check, a call that raised, an unhealthy worker); 2 the command line is
        wrong; 3 there is no host, or no such host, pool, worker or tool; 4 the host did not answer or has died; 130 Ctrl-C, a
        signal, or a reader of the output that has left.
        """;

    // An argument that begins with @ is a value, not the name of a file with arguments: it may come from somebody else.
    private static readonly ParserConfiguration s_settings = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Shell shell, CancellationToken cancellationToken = default)
    {
        ParseResult parsed = Create(shell).Parse(arguments, s_settings);
        var wrong = parsed.Action as ParseErrorAction;
        if (wrong is not null)
        {
            wrong.ShowHelp = parsed.UnmatchedTokens.Count == 0
                && parsed.CommandResult.Command.Subcommands.Count > 0; // else it hides the error
            if (arguments is [['-', ..] option, ..] && parsed.UnmatchedTokens.Contains(option))
            {
                shell.Terminal.Complain(
                    $"Options follow the command: snakepit COMMAND {Shown.Text(option)} …. 'snakepit --help' lists the commands.");
                return (int)ExitCode.WrongCommandLine;
            }
        }
        using Interruption? interruption = shell.SignalGrace is null ? null : new Interruption(cancellationToken);
        try
        {
            int code = await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = wrong is null ? shell.Terminal.Writer : shell.Terminal.Errors,
                    Error = shell.Terminal.Errors,
                    ProcessTerminationTimeout = shell.SignalGrace,
                    EnableDefaultExceptionHandler = false,
                },
                interruption?.Token ?? cancellationToken);
            return wrong is null ? code : (int)ExitCode.WrongCommandLine;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            shell.Terminal.TryComplain($"Reading or writing failed: {e.Message}");
            return (int)(wrong is null ? ExitCode.NotWell : ExitCode.WrongCommandLine);
        }
    }

    /// <summary>Returns all commands, in the order in which the help shows them.</summary>
    public static RootCommand Create(Shell shell)
    {
        var root = new RootCommand(Description) { HelpName = "snakepit" };
        foreach (Command command in (Command[])[
            new PsCommand(shell), new StatusCommand(shell), new TopCommand(shell), new WorkersCommand(shell), new ToolsCommand(shell),
            new EventsCommand(shell),
            new CallCommand(shell), new RecycleCommand(shell), new DrainCommand(shell), new ResizeCommand(shell),
            new CancelCommand(shell), new LiftQuarantineCommand(shell),
            new StacksCommand(shell), new TraceCommand(shell),
            new WorkerHealthCommand(shell), new ProfileInspectorCommand(shell), new CapacityReportCommand(shell),
            new DiagnoseCommand(shell),
            new RunCommand(shell), new DoctorCommand(shell), new SetupCommand(shell), new GenCommand(shell),
            new CompletionCommand(shell)])
        {
            root.Subcommands.Add(command);
        }
        foreach (HelpAction help in root.Options.Select(static option => option.Action).OfType<HelpAction>())
        {
            help.MaxWidth = Math.Max(LeastHelpWidth, shell.Terminal.Width); // in fewer columns, the layout does not end
        }
        return root;
    }
}
