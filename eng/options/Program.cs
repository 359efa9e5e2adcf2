// Writes what is generated from the tables of options and of telemetry: the tables in docs/configuration.md, ConfigurationSchema.json, and
// docs/telemetry-reference.md. With --check, fails when a file differs.
using Snakepit.OptionPages;

if (args is not ([] or ["--check"]))
{
    Console.Error.WriteLine("usage: dotnet run --project eng/options [-- --check]");
    return 2;
}
DirectoryInfo? root = new(AppContext.BaseDirectory);
while (root is not null && !File.Exists(Path.Combine(root.FullName, "Snakepit.slnx")))
{
    root = root.Parent;
}
try
{
    return GeneratedFiles.Write(root?.FullName ?? Environment.CurrentDirectory, check: args.Length > 0, Console.Out);
}
catch (DocumentationException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
