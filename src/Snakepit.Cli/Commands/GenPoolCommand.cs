using System.CommandLine;
using Snakepit.Cli.Scaffold;

namespace Snakepit.Cli.Commands;

/// <summary>Prints a pool, which a user pastes into files that exist.</summary>
internal sealed class GenPoolCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The name of the pool." };
    private readonly Option<string?> _adapter = GenCommand.AdapterOption();

    public GenPoolCommand(Shell shell)
        : base("pool", "Prints the settings of a pool for an appsettings.json that exists, and the lines of code that use the pool.", shell)
    {
        Arguments.Add(_name);
        Options.Add(_adapter);
    }

    protected override Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string name = Templates.CheckPool(parsed.GetValue(_name)!);
        string settings = Templates.Pool(name, GenCommand.AdapterOf(parsed.GetValue(_adapter), name));
        Shell.Terminal.WriteLine(WritesJson(parsed) ? settings : $"{settings}\n\n{Templates.Code(name)}");
        return Task.FromResult(ExitCode.Done);
    }
}
