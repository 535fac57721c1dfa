// The kinds of problems a recipe can have.

/// The kinds of problems that are found in recipes and parameters; the raw value is the diagnostic's id.
///
/// `baton help ID` shows ``explanation``; docs/recipes.md lists them all.
package enum RecipeProblem: String, CaseIterable, Sendable {
    case yamlSyntax = "yaml-syntax"
    case tooLarge = "too-large"
    case duplicateKey = "duplicate-key"
    case unknownKey = "unknown-key"
    case unsupportedKey = "unsupported-key"
    case missingKey = "missing-key"
    case wrongType = "wrong-type"
    case invalidName = "invalid-name"
    case invalidValue = "invalid-value"
    case outOfRange = "out-of-range"
    case invalidPath = "invalid-path"
    case stepForm = "step-form"
    case unsupportedForm = "unsupported-form"
    case duplicateStep = "duplicate-step"
    case unknownStep = "unknown-step"
    case stepOrder = "step-order"
    case unknownRole = "unknown-role"
    case rolePermission = "role-permission"
    case templateSyntax = "template-syntax"
    case unknownVariable = "unknown-variable"
    case unknownFilter = "unknown-filter"
    case shellQuoting = "shell-quoting"
    case nameMismatch = "name-mismatch"
    case unreadableFile = "unreadable-file"
    case invalidArgument = "invalid-argument"
    case unknownParameter = "unknown-parameter"
    case missingParameter = "missing-parameter"
}

extension RecipeProblem {
    /// What the problem is, with a wrong and a right example.
    package var explanation: Explanation {
        switch self {
        case .yamlSyntax:
            Explanation(
                "The file is not valid YAML, mostly because of an open quote or bracket, or of indentation.",
                wrong: "summary: Notes: a post", right: "summary: \"Notes: a post\""
            )
        case .tooLarge:
            Explanation(
                "The recipe is larger than Baton reads: 1 MiB, 1 000 steps, 100 000 items, 40 levels.",
                wrong: "steps: [… 1 001 steps …]", right: "steps: [… 1 000 steps …]"
            )
        case .duplicateKey:
            Explanation(
                "A key can be in a mapping once.",
                wrong: "goal: Write.\ngoal: Write well.", right: "goal: Write well."
            )
        case .unknownKey:
            Explanation(
                "The key means nothing in this place; mostly a typing error.",
                wrong: "goals: Write.", right: "goal: Write."
            )
        case .unsupportedKey:
            Explanation(
                "The key is planned, but this version of Baton cannot do what it says.",
                wrong: "limits: {cost: 1.00 USD}", right: "limits: {tokens: 200000}"
            )
        case .missingKey:
            Explanation(
                "A key that must be there is not.", wrong: "- role: writer", right: "- role: writer\n  goal: Write.")
        case .wrongType:
            Explanation(
                "The value is of another kind than the key needs: text, a number, a list, a mapping.",
                wrong: "context: facts", right: "context: [facts]"
            )
        case .invalidName:
            Explanation(
                "A name breaks its rule: small letters, digits and '-' (in parameters '_'), a letter first.",
                wrong: "id: First Draft", right: "id: first-draft"
            )
        case .invalidValue:
            Explanation("The value is not one of those that are possible.", wrong: "time: 5 minutes", right: "time: 5m")
        case .outOfRange:
            Explanation("The number is too small or too large.", wrong: "steps: 0", right: "steps: 20")
        case .invalidPath:
            Explanation(
                "A path must stay inside the working directory and outside of '.git'.",
                wrong: "writes: [../post.md]", right: "writes: [posts/post.md]"
            )
        case .stepForm:
            Explanation(
                "A step has exactly one form: 'role' or 'run'.",
                wrong: "- goal: Write.", right: "- role: writer\n  goal: Write."
            )
        case .unsupportedForm:
            Explanation(
                "The form of the step is planned, but this version of Baton runs 'role' and 'run' only.",
                wrong: "- loop: {…}", right: "- role: writer\n  goal: Write."
            )
        case .duplicateStep:
            Explanation(
                "Two steps have the same id.",
                wrong: "- {id: draft, role: writer, …}\n- {id: draft, role: reviewer, …}",
                right: "- {id: draft, role: writer, …}\n- {id: review, role: reviewer, …}"
            )
        case .unknownStep:
            Explanation(
                "A step names another one that does not exist.", wrong: "context: [fatcs]", right: "context: [facts]")
        case .stepOrder:
            Explanation(
                "A step can use the results only of steps that are above it.",
                wrong: "- {id: draft, context: [review], …}\n- {id: review, …}",
                right: "- {id: review, …}\n- {id: draft, context: [review], …}"
            )
        case .unknownRole:
            Explanation("No installed role has this name.", wrong: "role: writr", right: "role: writer")
        case .rolePermission:
            Explanation(
                "The step wants what its role never asks for, such as writing files.",
                wrong: "- role: reviewer\n  writes: [posts/a.md]", right: "- role: writer\n  writes: [posts/a.md]"
            )
        case .templateSyntax:
            Explanation(
                "What stands between '{{' and '}}', or '{%' and '%}', cannot be understood.",
                wrong: "goal: Write about {{ topic }.", right: "goal: Write about {{ topic }}."
            )
        case .unknownVariable:
            Explanation(
                "A template names a parameter that the recipe does not declare.",
                wrong: "goal: Write about {{ topik }}.", right: "goal: Write about {{ topic }}."
            )
        case .unknownFilter:
            Explanation(
                "A template uses a filter that does not exist.", wrong: "{{ topic|slugify }}", right: "{{ topic|slug }}"
            )
        case .shellQuoting:
            Explanation(
                "Text from a parameter stands in a shell line unprotected, so it could be read as a command.",
                wrong: "run: grep {{ word }} notes.md", right: "run: grep {{ word|shell }} notes.md"
            )
        case .nameMismatch:
            Explanation(
                "A recipe's file is called after the recipe, so that it is found.",
                wrong: "recipe: post   # in blog-post.yaml", right: "recipe: blog-post"
            )
        case .unreadableFile:
            Explanation(
                "The file cannot be read, is larger than 1 MiB, or is not text in UTF-8.",
                wrong: "a recipe saved as UTF-16", right: "the same saved as UTF-8"
            )
        case .invalidArgument:
            Explanation(
                "A value given to the recipe does not fit its parameter.",
                wrong: "baton run blog-post words=many", right: "baton run blog-post words=300"
            )
        case .unknownParameter:
            Explanation(
                "The recipe has no parameter of this name.",
                wrong: "baton run blog-post topik=owls", right: "baton run blog-post topic=owls"
            )
        case .missingParameter:
            Explanation(
                "The recipe has a parameter without a default, and no value was given.",
                wrong: "baton run blog-post", right: "baton run blog-post topic=owls"
            )
        }
    }

    /// Why something is wrong, and what it looks like wrong and right.
    package struct Explanation: Hashable, Sendable {
        package let text: String
        package let wrong: String
        package let right: String

        init(_ text: String, wrong: String, right: String) {
            self.text = text
            self.wrong = wrong
            self.right = right
        }
    }
}
