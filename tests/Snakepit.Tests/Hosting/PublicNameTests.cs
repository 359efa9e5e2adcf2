using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace Snakepit.Tests.Hosting;

/// <summary>A public type must not share its name with a type that every project imports: the name would be ambiguous.</summary>
public class PublicNameTests
{
    /// <summary>The implicit usings of Microsoft.NET.Sdk, .Worker and .Web.</summary>
    private static readonly string[] s_implicitUsings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
        "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting",
        "Microsoft.Extensions.Logging",
        "System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http",
        "Microsoft.AspNetCore.Routing",
    ];

    [Fact]
    public void Public_types_share_no_name_with_what_web_and_worker_projects_import()
    {
        HashSet<string> imported = [.. ImportedNames()];
        // Names of the three kinds of project show that the search finds them.
        Assert.Superset(new HashSet<string> { "ISession", "BackgroundService", "IHostBuilder", "Task" }, imported);

        IEnumerable<string> ours =
            typeof(ISnakepit).Assembly.GetExportedTypes().Where(static type => !type.IsNested).Select(static type => type.Name);

        Assert.DoesNotContain(ours, imported.Contains);
    }

    /// <summary>
    /// Reads the names from the assemblies' files. The tests do not run on ASP.NET Core, but every SDK installs it beside the runtime.
    /// </summary>
    private static IEnumerable<string> ImportedNames()
    {
        string runtime = RuntimeEnvironment.GetRuntimeDirectory();
        string web = Directory.EnumerateDirectories(
            Path.Combine(runtime, "..", "..", "Microsoft.AspNetCore.App"), $"{Environment.Version.Major}.*").Max()!;
        return Directory.EnumerateFiles(runtime, "*.dll").Concat(Directory.EnumerateFiles(web, "*.dll")).SelectMany(PublicNames);
    }

    private static List<string> PublicNames(string file)
    {
        using var pe = new PEReader(File.OpenRead(file));
        if (!pe.HasMetadata)
        {
            return [];
        }
        MetadataReader reader = pe.GetMetadataReader();
        return
        [
            .. reader.TypeDefinitions
                .Select(reader.GetTypeDefinition)
                .Where(type => (type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public
                    && s_implicitUsings.Contains(reader.GetString(type.Namespace)))
                .Select(type => reader.GetString(type.Name)),
        ];
    }
}
