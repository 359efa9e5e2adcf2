using System.Reflection;
using System.Text.RegularExpressions;

namespace Snakepit.Tests.Architecture;

/// <summary>A folder of src/Snakepit is a room. Rooms use each other in one direction only; the vocabulary uses none.</summary>
[Trait("Rule", "A1"), Trait("Rule", "H2")]
public sealed partial class ArrowTests
{
    private static readonly Assembly s_library = typeof(ISnakepit).Assembly;
    private static readonly TypeFolders s_folders = TypeFolders.Read("Snakepit");
    private static readonly IReadOnlyList<FolderArrow> s_arrows = s_folders.Arrows(s_library.GetTypes());

    [Fact]
    public void No_two_folders_use_each_other()
    {
        Assert.NotEmpty(s_arrows);
        AssertNone(FolderArrow.Circles(s_arrows));
    }

    [Fact]
    public void The_vocabulary_uses_no_room() =>
        AssertNone(s_arrows.Where(static arrow => arrow.From == TypeFolders.Root).Select(static arrow => arrow.ToString()));

    [Fact]
    public void Every_type_stands_in_a_file_that_these_tests_read() => AssertNone(
        from type in s_library.GetTypes()
        where IsOurs(type) && s_folders.Find(type) is null
        select type.FullName);

    /// <summary>Users need one namespace, whichever room a public type lives in.</summary>
    [Fact]
    public void Internal_types_have_the_namespace_of_their_folder_and_public_ones_that_of_the_library() => AssertNone(
        from type in s_library.GetTypes()
        where !type.IsNested && s_folders.Find(type) is not null
        let expected = type.IsPublic ? PublicNamespace(type) : NamespaceOf(s_folders.Find(type)!)
        where type.Namespace != expected
        select $"{type.FullName} should be in {expected}");

    [Fact]
    public void The_picture_shows_the_arrows_there_are()
    {
        string picture = File.ReadAllText(RepositoryFiles.PathOf("docs", "images", "rooms.svg"));
        string[] shown = [.. Drawn().Matches(picture).Select(static match => match.Groups[1].Value)];
        IEnumerable<FolderArrow> arrows = s_arrows.Where(static arrow => arrow.To != TypeFolders.Root);
        string[] real = [.. arrows.Select(static arrow => $"{arrow.From} uses {arrow.To}")];

        AssertNone(real.Except(shown).Select(static arrow => $"not shown: {arrow}"));
        AssertNone(shown.Except(real).Select(static arrow => $"shown only: {arrow}"));
    }

    [Theory]
    [InlineData("A>B B>C A>C", "")]
    [InlineData("A>B B>C C>B", "B>C C>B")]
    [InlineData("A>B B>C C>A D>A", "A>B B>C C>A")]
    [InlineData(".>A A>.", ".>A A>.")] // the project's own files
    [InlineData("A>A/B", "")]
    [InlineData("A>A/B A/B>A", "A>A/B A/B>A")] // a folder and its own sub-folder
    [InlineData("A/B>C C>A", "A/B>C C>A")] // two folders, with what is in them
    [InlineData("A/B>A/C A/C>A/B", "A/B>A/C A/C>A/B")]
    [InlineData("A/B/C>A/D A/D>A/B", "A/B/C>A/D A/D>A/B")]
    [InlineData("A/B>AB AB>C", "")] // names that begin alike
    public void A_planted_circle_is_found(string arrows, string expected)
    {
        FolderArrow[] planted = [.. arrows.Split(' ').Select(static arrow => new FolderArrow(arrow.Split('>')[0], arrow.Split('>')[1]))];

        string found = string.Join(' ', FolderArrow.Circles(planted));

        Assert.Equal(expected, found.Replace(" uses ", ">", StringComparison.Ordinal));
    }

    [Fact]
    public void A_planted_arrow_is_found_wherever_it_hides()
    {
        var planted = new TypeFolders(new Dictionary<string, string>
        {
            [typeof(Planted.Upper.Top).FullName!] = "Upper",
            [typeof(Planted.Upper.IUpper).FullName!] = "Upper",
            ["Snakepit.Tests.Architecture.Planted.Upper.Mark"] = "Upper",
        });
        TypeReference[] references = [.. TypeReferences.Of(typeof(Planted.Lower.UpwardArrows))];
        string[] found =
        [
            .. references.Where(reference => planted.Find(reference.To) is not null).Select(static reference => reference.Member),
        ];

        string[] hidingPlaces =
        [
            "(declaration)", "_field", "_marked", "Parameter", "Returned", "Generic", "Constrained", "Tested", "Called", "Caught", "Marked",
        ];
        Assert.All(hidingPlaces, place => Assert.Contains(place, found));
    }

    private static bool IsOurs(Type type) => type.Namespace?.Split('.')[0] == "Snakepit" && !TypeSizes.IsGenerated(type);

    private static string NamespaceOf(string folder) => folder == TypeFolders.Root ? "Snakepit" : $"Snakepit.{folder.Replace('/', '.')}";

    /// <summary>Methods that extend those of the dependency injection stand where these are found.</summary>
    private static string PublicNamespace(Type type) =>
        s_folders.Find(type) == "Hosting" && type.Name.EndsWith("Extensions", StringComparison.Ordinal)
            ? "Microsoft.Extensions.DependencyInjection"
            : "Snakepit";

    /// <summary>As Assert.Empty, which cuts what it shows.</summary>
    private static void AssertNone(IEnumerable<string?> violations)
    {
        string found = string.Join(Environment.NewLine, violations);
        Assert.True(found.Length == 0, found);
    }

    [GeneratedRegex("<title>(.+ uses .+)</title>")]
    private static partial Regex Drawn();
}
