using System.CommandLine;
using Snakepit.Cli.Output;
using Snakepit.Cli.Scaffold;

namespace Snakepit.Cli.Commands;

/// <summary>Writes the settings of an application.</summary>
internal sealed class GenConfigCommand : CliCommand
{
    private const string SettingsFile = "appsettings.json";

    private readonly Option<string> _folder = GenCommand.FolderOption(".");
    private readonly Option<string> _pool = new("--pool")
    {
        Description = "The name of the pool. Default: text.", HelpName = "NAME", DefaultValueFactory = static _ => "text",
    };

    private readonly Option<string?> _adapter = GenCommand.AdapterOption();

    public GenConfigCommand(Shell shell)
        : base("config", "Writes an appsettings.json with one pool.", shell)
    {
        Options.Add(_folder);
        Options.Add(_pool);
        Options.Add(_adapter);
    }

    protected override Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string pool = Templates.CheckPool(parsed.GetValue(_pool)!), folder = parsed.GetValue(_folder)!;
        NewFile.Write(
                Path.Combine(Shell.PathOf(folder), SettingsFile),
                Templates.Config(pool, GenCommand.AdapterOf(parsed.GetValue(_adapter), pool)),
                $"Examine it: snakepit doctor {Path.Combine(folder, SettingsFile)}")
            .Show(Shell.Terminal, WritesJson(parsed));
        return Task.FromResult(ExitCode.Done);
    }
}
