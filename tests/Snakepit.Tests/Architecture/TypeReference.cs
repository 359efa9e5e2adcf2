namespace Snakepit.Tests.Architecture;

/// <summary>A reference from a member of one type to another type.</summary>
internal readonly record struct TypeReference(Type From, string Member, Type To)
{
    public override string ToString() => $"{From.FullName}.{Member} -> {To.FullName ?? To.Name}";
}
