using Snakepit.Lifecycle;

namespace Snakepit.Tests.Lifecycle;

public sealed class PythonImportsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("snakepit-imports-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("import text", true)]
    [InlineData("import os, text as t", true)]
    [InlineData("from text import (\n    count_words,\n)", true)]
    [InlineData("from . import (\n    other,\n    text,\n)", true)]
    [InlineData("import os, \\\n    text", true)]
    [InlineData("def tool():\n    from text import count_words", true)]
    [InlineData("importlib.import_module('text')", true)]
    [InlineData("runpy.run_path(\"./text.py\")", true)]
    [InlineData("def count(text: str):\n    return len(text)", false)]
    [InlineData("import texts", false)]
    [InlineData("import os\ntext = 1", false)]
    [InlineData("", false)]
    public void Import_is_found_however_it_is_written(string code, bool expected)
    {
        Write("text.py", "");

        Assert.Equal(expected, PythonImports.MayReach(Write("stats.py", code), In("text.py")));
    }

    [Theory]
    [InlineData("import helper", "import package", true)]
    [InlineData("import helper", "", false)]
    [InlineData("", "import package", false)]
    public void Import_through_neighbours_and_packages_is_found(string own, string helper, bool expected)
    {
        Write("text.py", "");
        Write("helper.py", helper);
        Write("package/__init__.py", "from . import inner");
        Write("package/inner.py", "import text\nimport helper");

        Assert.Equal(expected, PythonImports.MayReach(Write("stats.py", own), In("text.py")));
    }

    [Fact]
    public void What_cannot_be_judged_may_be_imported()
    {
        string stats = Write("stats.py", "");
        Assert.True(PythonImports.MayReach(stats, "/elsewhere.py"), "a file elsewhere");
        Assert.True(PythonImports.MayReach(In("gone/stats.py"), In("gone/text.py")), "a folder that is not there");

        Write("text.py", "");
        Write("stats.py", $"# {new string('x', 1 << 20)}");
        Assert.True(PythonImports.MayReach(stats, In("text.py")), "a file that is too long");

        Write("stats.py", "");
        Assert.False(PythonImports.MayReach(stats, In("text.py")));
        for (int i = 0; i < 1_000; i++)
        {
            Write($"many/module{i}.py", "");
        }
        Assert.True(PythonImports.MayReach(stats, In("text.py")), "too many files");
    }

    [Fact]
    public void Installed_packages_are_not_read()
    {
        Write("text.py", "");
        Write("venv/lib/site-packages/numpy.py", "import text");

        Assert.False(PythonImports.MayReach(Write("stats.py", "import numpy"), In("text.py")));
    }

    private string In(string path) => Path.GetFullPath(path, _root);

    private string Write(string path, string code)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(path))!);
        File.WriteAllText(In(path), code);
        return In(path);
    }
}
