using System.CommandLine;
using Snakepit.Cli.Output;
using Snakepit.Cli.Scaffold;

namespace Snakepit.Cli.Commands;

/// <summary>Writes an adapter.</summary>
internal sealed class GenAdapterCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The name of the adapter: a Python identifier." };
    private readonly Option<string> _folder = GenCommand.FolderOption("adapters");

    public GenAdapterCommand(Shell shell)
        : base("adapter", "Writes NAME.py with tools, a stream and hooks.", shell)
    {
        Arguments.Add(_name);
        Options.Add(_folder);
    }

    protected override Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string name = parsed.GetValue(_name)!, folder = parsed.GetValue(_folder)!;
        if (!Templates.IsIdentifier(name))
        {
            throw new CliException(
                ExitCode.WrongCommandLine,
                $"'{Shown.Text(name)}' cannot be the name of a Python module. Use letters, digits and underscores, begin with a letter, "
                + "and use no keyword of Python.");
        }
        string file = $"{name}.py";
        NewFile.Write(
                Path.Combine(Shell.PathOf(folder), file), Templates.Adapter(),
                $"Try it: snakepit run {Quoted(Path.Combine(folder, file))} greet name=World")
            .Show(Shell.Terminal, WritesJson(parsed));
        return Task.FromResult(ExitCode.Done);
    }

    private static string Quoted(string path) => path.Contains(' ') ? $"\"{path}\"" : path;
}
