using Snakepit.AspNetCore.Contract;
using Snakepit.Tests;

namespace Snakepit.AspNetCore.Tests.Contract;

/// <summary>
/// The contract of the administration, on which tools and scripts depend. A new member is added to the stored list; a member that changes
/// or goes also needs a new <see cref="HostInfo.CurrentSchema"/>.
/// </summary>
public sealed class ContractTests
{
    private const string WriteVariable = "SNAKEPIT_WRITE_CONTRACT";
    private static readonly string s_path = RepositoryFiles.PathOf("tests", "Snakepit.AspNetCore.Tests", "Contract", "contract.txt");

    /// <summary>SNAKEPIT_WRITE_CONTRACT=1 writes the file anew.</summary>
    [Fact]
    public void The_members_are_the_stored_ones()
    {
        string now = string.Join("\n", Lines()) + "\n";
        if (Environment.GetEnvironmentVariable(WriteVariable) is not null)
        {
            File.WriteAllText(s_path, now);
        }

        Assert.Equal(File.ReadAllText(s_path), now);
    }

    [Fact]
    public void Every_kind_of_event_is_told_in_a_sentence_of_its_own()
    {
        Type[] kinds = [.. typeof(LifecycleEvent).Assembly.GetExportedTypes().Where(
            static type => type.IsAssignableTo(typeof(LifecycleEvent)) && !type.IsAbstract)];
        string source = File.ReadAllText(RepositoryFiles.PathOf("src", "Snakepit.AspNetCore", "Contract", "DescribeEvent.cs"));

        Assert.InRange(kinds.Length, 15, int.MaxValue);
        Assert.All(kinds, kind => Assert.Contains($" {kind.Name} e => info with", source, StringComparison.Ordinal));
    }

    /// <summary>Returns one line for each member of each type.</summary>
    private static IEnumerable<string> Lines() =>
        from type in typeof(ContractJson).Assembly.GetTypes()
        where type.Namespace == typeof(ContractJson).Namespace && type.GetMethod("<Clone>$") is not null
        orderby type.Name
        from member in ContractJson.Default.Options.GetTypeInfo(type).Properties
        select $"{type.Name}.{member.Name}: {NameOf(member.PropertyType)}{(member.IsGetNullable ? "?" : "")}";

    private static string NameOf(Type type) =>
        Nullable.GetUnderlyingType(type) is { } value ? NameOf(value)
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;
}
