namespace Snakepit.Tests.Architecture;

/// <summary>Checks that a type has no more than 400 lines and 15 instance fields, and that one file holds it.</summary>
[Trait("Rule", "H1")]
public sealed class TypeSizeTests
{
    private const int LineLimit = 400;
    private const int FieldLimit = 15;

    [Fact]
    public void Types_stay_small()
    {
        string found = string.Join(Environment.NewLine, TooLarge());
        Assert.True(found.Length == 0, found); // Assert.Empty would truncate the list
    }

    [Fact]
    public void A_type_in_two_files_is_found_with_the_lines_of_both()
    {
        string[] part =
        [
            "namespace A;", "", "/// <summary>Half.</summary>", "internal sealed partial class Whole", "{", "}",
            "internal enum Other", "{", "}",
        ];

        IReadOnlyDictionary<string, (int Lines, int Files)> sizes = TypeSizes.Lines([("Whole.cs", part), ("Whole.Rest.cs", part)]);

        Assert.Equal((6, 2), sizes["A.Whole"]);
        Assert.Equal((6, 2), sizes["A.Other"]);
    }

    [Fact]
    public void Fields_and_properties_are_counted_unless_they_are_data()
    {
        Assert.Equal(3, TypeSizes.Fields(typeof(Owner)));
        Assert.Equal(0, TypeSizes.Fields(typeof(Data)));
        Assert.Equal(0, TypeSizes.Fields(typeof(PoolOptions)));
    }

    private static IEnumerable<string> TooLarge()
    {
        string[] projects = ["Snakepit", "Snakepit.AspNetCore", "Snakepit.Testing", "Snakepit.Cli"];
        foreach ((string type, (int lines, int files)) in TypeSizes.Lines([.. projects.SelectMany(Sources)]))
        {
            if (lines > LineLimit || files > 1)
            {
                yield return $"{type} has {lines} lines in {files} files";
            }
        }
        foreach (Type type in typeof(ISnakepit).Assembly.GetTypes().Where(static type => !TypeSizes.IsGenerated(type)))
        {
            if (TypeSizes.Fields(type) is > FieldLimit and var fields)
            {
                yield return $"{type.FullName} has {fields} instance fields";
            }
        }
    }

    private static (string Name, string[] Lines)[] Sources(string project)
    {
        (string, string[])[] sources =
        [
            .. SourceTypes.FilesOf(project).Where(static path => !path.EndsWith(".g.cs", StringComparison.Ordinal))
                .Select(static path => (path, File.ReadAllLines(path))),
        ];
        Assert.NotEmpty(sources);
        return sources;
    }

    private sealed class Owner
    {
        private readonly int _number = 1;

        public string Text { get; } = "";

        public int Sum { get; set; }

        public override string ToString() => $"{_number}";
    }

    private sealed record Data(int First, int Second);
}
