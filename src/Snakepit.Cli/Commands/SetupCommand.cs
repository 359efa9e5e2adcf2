using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Local;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Prepares the environment of a Python project, and examines the result.</summary>
internal sealed class SetupCommand : CliCommand
{
    private readonly Argument<string> _folder = new("FOLDER")
    {
        Description = "The project's folder, with its pyproject.toml or requirements.txt. Default: this folder.",
        DefaultValueFactory = static _ => ".",
    };

    private readonly Option<string?> _version = new("--python-version")
    {
        Description = "The versions of Python that will do, such as '>=3.11,<3.13'. Default: those that the project asks for.",
        HelpName = "RANGE",
    };

    public SetupCommand(Shell shell)
        : base("setup", "Installs the packages of a Python project into an environment that pools share, and examines it.", shell)
    {
        Arguments.Add(_folder);
        Options.Add(_version);
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = Shell.PathOf(parsed.GetValue(_folder)!);
        if (!Directory.Exists(folder))
        {
            throw new CliException(ExitCode.NotFound, $"There is no folder {folder}.");
        }
        using var scratch = new ScratchAdapter();
        var pool = new PoolOptions { Adapter = scratch.File };
        pool.Python.Project = folder;
        pool.Python.Version = parsed.GetValue(_version);
        pool.Python.PrepareEnvironment = true;
        PythonDescription python = await PythonEnvironment.PrepareAsync(pool.Python, new NoteEach(Shell.Terminal), cancellationToken);
        DoctorInfo report = Describe.Doctor(await SnakepitDoctor.ExaminePoolAsync(pool, cancellationToken: cancellationToken));
        if (!WritesJson(parsed))
        {
            Shell.Terminal.Say($"The environment is ready: {python}.");
        }
        return DoctorView.Write(Shell.Terminal, report, WritesJson(parsed));
    }

    /// <summary>Notes each line at once: <see cref="Progress{T}"/> would let them overtake each other.</summary>
    private sealed class NoteEach(Terminal terminal) : IProgress<string>
    {
        public void Report(string value) => terminal.Note(value);
    }
}
