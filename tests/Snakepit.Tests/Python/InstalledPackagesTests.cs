using Snakepit.Python;

namespace Snakepit.Tests.Python;

public sealed class InstalledPackagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("numpy-2.1.0.dist-info", "numpy==2.1.0")]
    [InlineData("typing_extensions-4.12.2.dist-info", "typing-extensions==4.12.2")]
    [InlineData("Ruamel.Yaml__clib-0.2.8.dist-info", "ruamel-yaml-clib==0.2.8")]
    [InlineData("torch-2.4.0+cu121.dist-info", "torch==2.4.0+cu121")]
    [InlineData("PyGObject-3.42.2-py3.11.egg-info", "pygobject==3.42.2")]
    [InlineData("old-1.0-py3.9.egg", "old==1.0")]
    [InlineData("developed.egg-info", "developed")]
    public void Read_takes_the_names_of_metadata_folders_apart(string name, string package)
    {
        Directory.CreateDirectory(_folder[name]);

        Assert.Equal([package], Read().Listed.Select(static one => one.ToString()));
    }

    [Theory]
    [InlineData("~umpy-2.1.0.dist-info")]
    [InlineData("numpy")]
    [InlineData("some-info")]
    [InlineData(".dist-info")]
    public void Read_passes_over_what_is_no_package(string name)
    {
        Directory.CreateDirectory(_folder[name]);

        Assert.Equal(0, Read().Count);
    }

    [Fact]
    public void Read_of_a_developed_package_finds_the_version_in_its_metadata()
    {
        Directory.CreateDirectory(_folder["mine.egg-info"]);
        File.WriteAllText(_folder["mine.egg-info/PKG-INFO"], "Metadata-Version: 2.1\nName: mine\nVersion: 0.3.dev1\n\nVersion: 9\n");

        Assert.Equal(["mine==0.3.dev1"], Read().Listed.Select(static package => package.ToString()));
    }

    [Fact]
    public void Read_of_several_folders_takes_the_first_of_a_name_and_sorts()
    {
        foreach (string package in (string[])
            ["a/zlib-1.0.dist-info", "a/attrs-2.0.dist-info", "b/zlib-2.0.dist-info", "b/Yarl-3.0.dist-info"])
        {
            Directory.CreateDirectory(_folder[package]);
        }

        InstalledPackages packages = InstalledPackages.Read(["", "relative", _folder["a"], _folder["none.zip"], _folder["b"]]);

        Assert.Equal(["attrs==2.0", "yarl==3.0", "zlib==1.0"], packages.Listed.Select(static package => package.ToString()));
    }

    [Fact]
    public void Read_of_more_packages_than_are_listed_counts_all()
    {
        for (int i = 0; i <= InstalledPackages.MaxListed; i++)
        {
            Directory.CreateDirectory(_folder[$"p{i}-1.dist-info"]);
        }

        InstalledPackages packages = Read();

        Assert.Equal((InstalledPackages.MaxListed + 1, InstalledPackages.MaxListed), (packages.Count, packages.Listed.Count));
    }

    private InstalledPackages Read() => InstalledPackages.Read([_folder.Path]);
}
