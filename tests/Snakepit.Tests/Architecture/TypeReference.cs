namespace Snakepit.Tests.Architecture;

/// <summary>A type, and the member of another type that mentions it.</summary>
internal readonly record struct TypeReference(Type From, string Member, Type To)
{
    public override string ToString() => $"{From.FullName}.{Member} -> {To.FullName ?? To.Name}";
}
