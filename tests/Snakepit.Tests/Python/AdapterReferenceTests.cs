using Snakepit.Python;

namespace Snakepit.Tests.Python;

/// <summary>Resolution of an adapter's name. It comes from the configuration, which is trusted: any existing file will do.</summary>
public sealed class AdapterReferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("acme.text")]
    [InlineData("acme.text:Tools")]
    [InlineData("text")]
    public void Resolve_of_a_module_leaves_it_to_Python(string adapter) =>
        Assert.Equal(adapter, AdapterReference.Resolve("p", adapter, Folders()));

    [Theory]
    [InlineData("a.py", "a.py")]
    [InlineData("below/../a.py", "a.py")]
    [InlineData("below/../a.py:Tools", "a.py:Tools")]
    [InlineData("./a.py", "a.py")]
    public void Resolve_of_a_file_gives_its_absolute_path_without_detours(string adapter, string expected)
    {
        File.WriteAllText(_folder["a.py"], "");

        Assert.Equal(_folder[expected], AdapterReference.Resolve("p", _folder[adapter], Folders()));
    }

    [Fact]
    public void Resolve_of_a_link_keeps_the_links_name()
    {
        File.WriteAllText(_folder["a.py"], "");
        File.CreateSymbolicLink(_folder["link.py"], "a.py");

        Assert.Equal(_folder["link.py"], AdapterReference.Resolve("p", _folder["link.py"], Folders()));
    }

    [Theory]
    [InlineData(null, "application")]
    [InlineData("Production", "application")]
    [InlineData("Staging", "application")]
    [InlineData("Development", "project")]
    [InlineData("development", "project")]
    public void Resolve_prefers_the_project_in_Development_alone(string? environment, string expected)
    {
        WriteInEach("adapters/a.py", "project", "application", "working");

        Assert.Equal(
            _folder[$"{expected}/adapters/a.py:Tools"], AdapterReference.Resolve("p", "adapters/a.py:Tools", Folders(environment)));
    }

    [Theory]
    [InlineData("application", "working", "application")]
    [InlineData("working", "working", "working")]
    public void Resolve_in_Development_goes_on_where_the_project_has_no_such_file(string first, string second, string expected)
    {
        Directory.CreateDirectory(_folder["project"]);
        WriteInEach("a.py", first, second);

        Assert.Equal(_folder[$"{expected}/a.py"], AdapterReference.Resolve("p", "a.py", Folders("Development")));
    }

    [Fact]
    public void Resolve_in_Development_without_the_projects_folder_is_as_elsewhere()
    {
        WriteInEach("a.py", "application");

        AdapterFolders folders = Folders("Development");

        Assert.Null(folders.Project); // a Debug build that was copied to another machine
        Assert.Equal(_folder["application/a.py"], AdapterReference.Resolve("p", "a.py", folders));
    }

    [Theory]
    [InlineData("../../../../../../../../../nowhere.py")]
    [InlineData("/nowhere/a.py:Tools")]
    [InlineData("~/a.py")]
    [InlineData("http://example.org/a.py")]
    [InlineData("a b;rm -rf.py")]
    public void Resolve_of_a_file_that_is_not_there_throws(string adapter) =>
        Assert.Throws<AdapterLoadException>(() => AdapterReference.Resolve("p", adapter, Folders()));

    [Fact]
    public void Missing_file_names_every_folder_and_the_project_item()
    {
        WriteInEach("other.txt", "project", "application", "working");

        Assert.Equal(
            $"Adapter 'lib/a.py:Tools' of pool 'p' does not exist; looked for {_folder["project/lib/a.py"]} and "
                + $"{_folder["application/lib/a.py"]} and {_folder["working/lib/a.py"]}. "
                + "Set Adapter to a Python file, a module or module:Class. "
                + "The package copies adapters/**/*.py of a project to the output folder; for another file, "
                + "add <Content Include=\"lib/a.py\" CopyToOutputDirectory=\"PreserveNewest\" /> to the project.",
            Missing("lib/a.py:Tools", "Development"));
    }

    [Fact]
    public void Missing_file_that_the_project_has_was_not_copied()
    {
        WriteInEach("lib/a.py", "project");

        Assert.Contains(
            $" The project has it, but the build has not copied it to the output folder: {_folder["project/lib/a.py"]}. Set ",
            Missing("lib/a.py"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.py", "application/adapters/a.py", "adapters/a.py")]
    [InlineData("adapter/A.py", "working/adapters/a.py", "adapters/a.py")]
    [InlineData("adapter/a.py", "project/python/adapters/a.py", "python/adapters/a.py")]
    [InlineData("adapters/txt.py", "application/adapters/text.py", "adapters/text.py")]
    public void Missing_file_brings_near_ones_to_mind(string adapter, string existing, string expected)
    {
        WriteInEach("other.txt", "project", "application", "working");
        Write(existing);

        Assert.Contains($". Did you mean '{expected}'? Set ", Missing(adapter), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_absolute_file_brings_near_ones_to_mind()
    {
        Write("srv/adapters/a.py");

        string message = Missing(_folder["srv/a.py"]);

        Assert.Contains(". Did you mean 'adapters/a.py'? Set ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("CopyToOutputDirectory", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bin/Debug/a.py")]
    [InlineData("node_modules/a.py")]
    [InlineData(".venv/a.py")]
    [InlineData("1/2/3/4/5/6/a.py")]
    [InlineData("aa.py/none.txt")]
    public void What_nobody_means_is_not_suggested(string existing)
    {
        Write("application/" + existing);

        Assert.DoesNotContain("Did you mean", Missing("a.py"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("txet_statistics.py")]
    [InlineData("dext_statistics.py")]
    [InlineData("text_statistic.py")]
    [InlineData("text_stats.py")]
    public void The_nearest_of_many_files_is_suggested_first(string adapter)
    {
        for (int i = 0; i < 100; i++)
        {
            Write($"application/adapters/{(char)('a' + (i % 26))}{i}_adapter.py");
        }
        Write("application/adapters/text_statistics.py");

        Assert.Contains($" Did you mean 'adapters/text_statistics.py' or ", Missing($"adapters/{adapter}"), StringComparison.Ordinal);
    }

    [Fact]
    public void No_more_than_three_files_are_suggested()
    {
        for (int i = 0; i < 9; i++)
        {
            Write($"application/{i}/a.py");
        }

        Assert.Contains(" Did you mean '0/a.py' or '1/a.py' or '2/a.py'? ", Missing("a.py"), StringComparison.Ordinal);
    }

    [Fact]
    public void Tilde_is_told_to_be_no_home() =>
        Assert.Contains("The ~ is not expanded: write the whole path.", Missing("~/a.py"), StringComparison.Ordinal);

    [Theory]
    [InlineData("Development", null, null, true)]
    [InlineData("Production", "Development", "Development", false)]
    [InlineData(null, "Development", "Production", true)]
    [InlineData(null, "Production", "Development", false)]
    [InlineData(null, null, "Development", true)]
    [InlineData(null, null, null, false)]
    public void Environment_is_the_hosts_or_that_of_the_variables(string? host, string? dotnet, string? aspNet, bool isDevelopment)
    {
        Dictionary<string, string> variables = [];
        foreach ((string name, string? value) in new[] { ("DOTNET_ENVIRONMENT", dotnet), ("ASPNETCORE_ENVIRONMENT", aspNet) })
        {
            if (value is not null)
            {
                variables[name] = value;
            }
        }
        Directory.CreateDirectory(_folder["project"]);
        Directory.CreateDirectory(_folder["application"]);
        File.WriteAllText(_folder[$"application/{AdapterFolders.ProjectFile}"], _folder["project"] + "\n");

        AdapterFolders folders = AdapterFolders.Find(host, variables, _folder["application"]);

        Assert.Equal(_folder["project"], folders.Project);
        Assert.Equal(isDevelopment, folders.Searched[0] == _folder["project"]);
    }

    [Fact]
    public void Project_that_no_build_has_noted_is_unknown() =>
        Assert.Null(AdapterFolders.Find("Development", new Dictionary<string, string>(), _folder.Path).Project);

    private AdapterFolders Folders(string? environment = null) =>
        AdapterFolders.Of(environment, _folder["project"], _folder["application"], _folder["working"]);

    private string Missing(string adapter, string? environment = null) =>
        Assert.Throws<AdapterLoadException>(() => AdapterReference.Resolve("p", adapter, Folders(environment))).Message;

    private void WriteInEach(string file, params ReadOnlySpan<string> folders)
    {
        foreach (string folder in folders)
        {
            Write($"{folder}/{file}");
        }
    }

    private void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
        File.WriteAllText(_folder[file], "");
    }
}
