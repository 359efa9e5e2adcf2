using System.Reflection;

namespace Snakepit.Tests.Architecture;

/// <summary>
/// Finds every type that a type refers to: in its declaration, its members' signatures, and the instructions of its methods.
/// </summary>
internal static class TypeReferences
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public static IEnumerable<TypeReference> Of(Type type) =>
        from mention in Mentions(type).Distinct()
        from part in Parts(mention.Type)
        select new TypeReference(type, mention.Member, part);

    private static IEnumerable<(string Member, Type Type)> Mentions(Type type)
    {
        foreach (Type parent in type.GetInterfaces().Append(type.BaseType ?? typeof(object)).Concat(Constraints(type)))
        {
            yield return ("(declaration)", parent);
        }
        foreach (FieldInfo field in type.GetFields(Declared))
        {
            yield return (field.Name, field.FieldType);
        }
        foreach (MemberInfo member in type.GetMembers(Declared).Append(type))
        {
            foreach (Type mentioned in Attributes(member))
            {
                yield return (member == type ? "(declaration)" : member.Name, mentioned);
            }
        }
        foreach (MethodBase method in type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)))
        {
            foreach (Type mentioned in Signature(method).Concat(Constraints(method)).Concat(Body(method)))
            {
                yield return (method.Name, mentioned);
            }
        }
    }

    private static IEnumerable<Type> Signature(MethodBase method)
    {
        IEnumerable<Type> parameters = method.GetParameters().Select(parameter => parameter.ParameterType);
        return method is MethodInfo { ReturnType: var returned } ? parameters.Append(returned) : parameters;
    }

    private static IEnumerable<Type> Constraints(MemberInfo generic)
    {
        Type[] parameters = generic switch
        {
            Type { IsGenericTypeDefinition: true } type => type.GetGenericArguments(),
            MethodInfo { IsGenericMethodDefinition: true } method => method.GetGenericArguments(),
            _ => [],
        };
        return parameters.SelectMany(static parameter => parameter.GetGenericParameterConstraints());
    }

    /// <summary>Attributes of the member's own assembly, and the types that attributes name.</summary>
    private static IEnumerable<Type> Attributes(MemberInfo member)
    {
        foreach (CustomAttributeData attribute in member.GetCustomAttributesData())
        {
            if (attribute.AttributeType.Assembly == member.Module.Assembly)
            {
                yield return attribute.AttributeType;
            }
            IEnumerable<object?> named = attribute.NamedArguments.Select(static argument => argument.TypedValue.Value);
            foreach (Type type in attribute.ConstructorArguments.Select(static argument => argument.Value).Concat(named).OfType<Type>())
            {
                yield return type;
            }
        }
    }

    private static IEnumerable<Type> Body(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return [];
        }
        IEnumerable<Type> locals = body.LocalVariables.Select(local => local.LocalType);
        IEnumerable<Type> caught = body.ExceptionHandlingClauses
            .Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause)
            .Select(clause => clause.CatchType!);
        return [.. locals, .. caught, .. Instructions.Members(method, body).SelectMany(MemberTypes)];
    }

    private static IEnumerable<Type> MemberTypes(MemberInfo member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType!, field.FieldType],
        MethodInfo { IsGenericMethod: true } method => [method.DeclaringType!, .. Signature(method), .. method.GetGenericArguments()],
        MethodBase method => [method.DeclaringType!, .. Signature(method)],
        _ => [],
    };

    /// <summary>
    /// Splits a generic type into its definition and its arguments, and reduces an array or a reference to its element type.
    /// </summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }
        if (type.IsGenericParameter || type.IsFunctionPointer)
        {
            return [];
        }
        return type.IsConstructedGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }
}
